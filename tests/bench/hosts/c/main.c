/* Measures the C library in one scenario and prints one line of JSON: bench LIBRARY SCENARIO name=value ...
 *
 * The scenarios and their parameters are those of tests/bench/README.md.
 */
#include "event.h"
#include "library.h"
#include "measure.h"
#include "scale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void warm_up(uint32_t client)
{
    for (long n = 0; n < number("warm"); n++)
        event_capture(client, n);
    client_call(posthog.flush, client, "{\"timeout_ms\":120000}");
}

static void capture(void)
{
    uint32_t client = client_open(0);
    long count = number("n");
    int64_t *taken = room_for(count), sum = 0;

    warm_up(client);
    for (long n = 0; n < count; n++)
        sum += taken[n] = event_capture(client, n);
    struct percentiles p = percentiles_of(taken, (size_t)count);
    printf("{\"wall_us\":%f,\"p50_us\":%f,\"p99_us\":%f,\"p999_us\":%f}\n", (double)sum / 1e3 / (double)count,
           p.p50, p.p99, p.p999);
}

static void deliver(void)
{
    uint32_t client = client_open(0);

    warm_up(client);
    double started = unix_ms(), before = cpu_us();
    for (long n = 0; n < number("n"); n++)
        event_capture(client, n);
    client_call(posthog.shutdown, client, "{\"timeout_ms\":120000}");
    printf("{\"started_ms\":%f,\"cpu_us\":%f,\"peak_rss_mb\":%f}\n", started, cpu_us() - before,
           memory_mb("VmHWM"));
}

/* Calls step n times, rate times a second. */
static void pace(void (*step)(long n))
{
    int64_t start = wall_ns(), interval = 1000000000 / number("rate");

    for (long n = 0; n < number("n"); n++) {
        sleep_until(start + n * interval);
        step(n);
    }
}

static uint32_t paced_client;
static int64_t *paced;

static void capture_paced(long n)
{
    paced[n] = event_capture(paced_client, n);
}

static void write_event(long n)
{
    char event[EVENT_ROOM];

    event_write(event, n);
}

static void nothing(void)
{
    client_open(0);
    double before = cpu_us();
    pace(write_event);
    printf("{\"cpu_us\":%f,\"events\":%ld}\n", cpu_us() - before, number("n"));
}

static void steady(void)
{
    long count = number("n");

    paced_client = client_open(0);
    paced = room_for(count);
    warm_up(paced_client);
    double before = cpu_us();
    pace(capture_paced);
    client_call(posthog.flush, paced_client, "{\"timeout_ms\":120000}");
    double used = cpu_us() - before;
    struct percentiles p = percentiles_of(paced, (size_t)count);
    printf("{\"cpu_us\":%f,\"events\":%ld,\"p50_us\":%f,\"p99_us\":%f,\"p999_us\":%f}\n", used, count, p.p50, p.p99,
           p.p999);
}

/* What a program asks. Writing it is not measured. */
struct question {
    const char *key, *told; /* told is NULL for a simple flag, which needs nothing */
    char user[32], json[512];
};

typedef void ask(uint32_t client, const struct question *q);

/* The three ways to ask. */

static void ask_value(uint32_t client, const struct question *q)
{
    char value[64];

    if (posthog.flag_value(client, q->key, POSTHOG_NTS, q->user, POSTHOG_NTS, q->told, POSTHOG_NTS, value,
                           sizeof value) != POSTHOG_OK)
        fail(q->key, "not decided");
}

static void ask_json(uint32_t client, const struct question *q)
{
    client_call(posthog.get_flag, client, q->json);
}

static void ask_all(uint32_t client, const struct question *q)
{
    client_call(posthog.evaluate_flags, client, q->json);
}

/* key is NULL for all flags. */
static void write_question(struct question *q, const char *key, size_t user)
{
    q->key = key;
    q->told = key != NULL && strcmp(key, "simple") == 0 ? NULL : "{" LOCAL "}";
    snprintf(q->user, sizeof q->user, "user-%zu", user);
    if (key != NULL && q->told == NULL)
        snprintf(q->json, sizeof q->json, "{\"key\":\"%s\",\"distinct_id\":\"%s\"}", key, q->user);
    else if (key != NULL)
        snprintf(q->json, sizeof q->json, "{\"key\":\"%s\",\"distinct_id\":\"%s\"," LOCAL "}", key, q->user);
    else
        snprintf(q->json, sizeof q->json, "{\"distinct_id\":\"%s\",\"fields\":[\"value\"]," LOCAL "}", q->user);
}

static struct percentiles asked(uint32_t client, ask *ask, const char *key)
{
    enum { MOST = 1000000 };
    struct question questions[USERS];
    int64_t *taken = room_for(MOST), end;
    size_t count = 0;

    for (size_t n = 0; n < USERS; n++) {
        write_question(&questions[n], key, n);
        ask(client, &questions[n]);
    }
    for (end = wall_ns() + number("budget_ms") * 1000000; wall_ns() < end && count < MOST; count++) {
        int64_t before = wall_ns();
        ask(client, &questions[count % USERS]);
        taken[count] = wall_ns() - before;
    }
    struct percentiles p = percentiles_of(taken, count);
    free(taken);
    return p;
}

/* The first answer, as soon as there are definitions. */
static void first_flag(uint32_t client)
{
    struct question q;

    write_question(&q, "simple", 1);
    client_call(posthog.wait_ready, client, "{\"timeout_ms\":5000}");
    ask_value(client, &q);
}

static void flags(void)
{
    uint32_t client = client_open(1);

    first_flag(client);
    printf("{\"all_us\":%f", asked(client, ask_all, NULL).p50);
    if (number("single")) {
        struct percentiles simple = asked(client, ask_value, "simple");
        printf(",\"simple_us\":%f,\"simple_p99_us\":%f,\"five_us\":%f,\"simple_json_us\":%f,\"five_json_us\":%f",
               simple.p50, simple.p99, asked(client, ask_value, "five").p50,
               asked(client, ask_json, "simple").p50, asked(client, ask_json, "five").p50);
    }
    puts("}");
}

static void startup(void)
{
    int64_t before = wall_ns();
    uint32_t client = client_open(1);

    first_flag(client);
    printf("{\"startup_ms\":%f}\n", (double)(wall_ns() - before) / 1e6);
}

static void idle(void)
{
    double unloaded = memory_mb("VmRSS");
    uint32_t client = client_open(1);
    long ms = number("ms");

    first_flag(client);
    warm_up(client);
    double before = cpu_us();
    sleep_until(wall_ns() + ms * 1000000);
    double used = cpu_us() - before, resident = memory_mb("VmRSS");
    printf("{\"idle_cpu_ms\":%f,\"rss_mb\":%f,\"rss_added_mb\":%f}\n", used / (double)ms, resident,
           resident - unloaded);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } scenarios[] = {
        {"capture", capture}, {"deliver", deliver}, {"steady", steady},
        {"flags", flags},     {"startup", startup}, {"idle", idle},
        {"depth", depth},     {"threads", threads}, {"clients", clients},
        {"sizes", sizes},     {"nothing", nothing},
    };

    if (argc < 3)
        fail("usage", "bench LIBRARY SCENARIO name=value ...");
    library_at(argv[1]);
    parameters_set(argc - 3, argv + 3);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        if (strcmp(argv[2], scenarios[i].name) == 0) {
            scenarios[i].run();
            fflush(stdout);
            _exit(0); /* what is still queued is of no interest */
        }
    }
    fail(argv[2], "no such scenario");
}
