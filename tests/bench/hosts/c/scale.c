#include "scale.h"

#include "event.h"
#include "library.h"
#include "measure.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENT "{\"timeout_ms\":120000}"

void depth(void)
{
    uint32_t client = client_open(0);
    long count = number("n"), waiting = number("depth");
    int64_t sum = 0;

    for (long n = 0; n < waiting; n++)
        event_capture(client, n);
    double before = cpu_us();
    for (long n = 0; n < count; n++)
        sum += event_capture(client, waiting + n);
    double used = cpu_us() - before;
    printf("{\"capture_us\":%f,\"cpu_us\":%f,\"rss_mb\":%f}\n", (double)sum / 1e3 / (double)count,
           used / (double)count, memory_mb("VmRSS"));
}

struct share {
    pthread_t thread;
    uint32_t client;
    long events;
    int64_t taken;
};

static void *capture_share(void *argument)
{
    struct share *share = argument;

    for (long n = 0; n < share->events; n++)
        share->taken += event_capture(share->client, n);
    return NULL;
}

void threads(void)
{
    uint32_t client = client_open(0);
    long count = number("threads"), each = number("n") / count;
    struct share *shares = calloc((size_t)count, sizeof *shares);
    double before = cpu_us();
    int64_t start = wall_ns(), taken = 0;

    if (shares == NULL)
        fail("calloc", "no memory");
    for (long i = 0; i < count; i++) {
        shares[i] = (struct share){.client = client, .events = each};
        if (pthread_create(&shares[i].thread, NULL, capture_share, &shares[i]) != 0)
            fail("pthread_create", "failed");
    }
    for (long i = 0; i < count; i++) {
        pthread_join(shares[i].thread, NULL);
        taken += shares[i].taken;
    }
    int64_t captured = wall_ns();
    client_call(posthog.flush, client, PATIENT);
    double events = (double)(each * count);
    printf("{\"elapsed_us\":%f,\"call_us\":%f,\"cpu_us\":%f}\n", (double)(captured - start) / 1e3 / events,
           (double)taken / 1e3 / events, (cpu_us() - before) / events);
}

void clients(void)
{
    long count = number("clients"), events = number("n");
    uint32_t *opened = calloc((size_t)count, sizeof *opened);
    int64_t sum = 0;

    if (opened == NULL)
        fail("calloc", "no memory");
    for (long i = 0; i < count; i++)
        opened[i] = client_open(0);
    double before = cpu_us();
    for (long n = 0; n < events; n++)
        sum += event_capture(opened[n % count], n);
    for (long i = 0; i < count; i++)
        client_call(posthog.flush, opened[i], PATIENT);
    printf("{\"capture_us\":%f,\"cpu_us\":%f}\n", (double)sum / 1e3 / (double)events,
           (cpu_us() - before) / (double)events);
}

/* An event of that many bytes: one long text of words, which compresses as text does. */
static char *event_of(size_t bytes)
{
    static const char head[] = "{\"distinct_id\":\"user-1\",\"event\":\"page read\",\"properties\":{\"text\":\"", tail[] = "\"}}";
    static const char *words[] = {"order ", "checkout ", "payment ", "completed ", "customer ", "shipping ", "and ", "the "};
    size_t length = strlen(head), end = bytes - strlen(tail);
    char *event = malloc(bytes + 1);
    unsigned random = 1;

    if (event == NULL)
        fail("malloc", "no memory");
    memcpy(event, head, length);
    while (length < end) {
        random = random * 1664525 + 1013904223;
        for (const char *word = words[random >> 29]; *word != '\0' && length < end; word++)
            event[length++] = *word;
    }
    strcpy(event + end, tail);
    return event;
}

void sizes(void)
{
    uint32_t client = client_open(0);
    size_t bytes = (size_t)number("bytes");
    long events = number("n");
    char *event = event_of(bytes);
    int64_t sum = 0;
    double before = cpu_us();

    for (long n = 0; n < events; n++) {
        int64_t start = wall_ns();
        if (posthog.capture(client, event, bytes, NULL) != POSTHOG_OK)
            fail("capture", "refused");
        sum += wall_ns() - start;
    }
    client_call(posthog.flush, client, PATIENT);
    printf("{\"capture_us\":%f,\"cpu_us\":%f}\n", (double)sum / 1e3 / (double)events,
           (cpu_us() - before) / (double)events);
}
