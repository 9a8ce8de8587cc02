/* posthog_flag_value with all that can be wrong about its arguments, and where it leaves the answer to get_flag. */

#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

#define DEFINITIONS                                                                                                    \
    "{\"flags\":[{\"id\":1,\"key\":\"on\",\"active\":true,\"filters\":{\"groups\":[{}]}},"                             \
    "{\"id\":2,\"key\":\"paid\",\"active\":true,\"filters\":{\"groups\":[{\"properties\":"                             \
    "[{\"key\":\"plan\",\"value\":\"pro\",\"type\":\"person\"}]}],\"multivariate\":{\"variants\":"                     \
    "[{\"key\":\"say \\\"a\\\"\",\"rollout_percentage\":100}]}}}]}"

static const char user[] = "user-1";
static const char paying[] = "{\"person_properties\":{\"plan\":\"pro\"}}";

static uint32_t open_with_flags(const char *options)
{
    uint32_t client = open_client(options);
    CHECK_STATUS(posthog_set_flag_definitions(client, DEFINITIONS, POSTHOG_NTS, NULL), POSTHOG_OK);
    return client;
}

/* Asks for a value and checks it, and that nothing is written behind it. */
static void check_value(uint32_t client, const char *key, const char *json, size_t capacity, int32_t want,
                        const char *text)
{
    char value[64];
    memset(value, '#', sizeof value);
    CHECK_STATUS(posthog_flag_value(client, key, POSTHOG_NTS, user, sizeof user - 1, json, POSTHOG_NTS, value, capacity),
                 want);
    CHECK(capacity == 0 || strcmp(value, text) == 0);
    CHECK(value[capacity] == '#');
}

static long exposures(uint32_t client)
{
    char *reply = NULL;
    long n;
    CHECK_STATUS(posthog_stats(client, NULL, 0, &reply), POSTHOG_OK);
    n = number_in(reply, "accepted");
    posthog_free(reply);
    return n;
}

static void check_values(uint32_t client)
{
    check_value(client, "on", NULL, 5, POSTHOG_OK, "true");
    check_value(client, "on", "", 60, POSTHOG_OK, "true");
    check_value(client, "on", "null", 60, POSTHOG_OK, "true");
    check_value(client, "paid", paying, 12, POSTHOG_OK, "\"say \\\"a\\\"\"");
    check_value(client, "paid", NULL, 5, POSTHOG_OK, "null");
    check_value(client, "gone", NULL, 60, POSTHOG_OK, "null");
    CHECK(exposures(client) == 2);
    /* Without room nothing happens, and so nothing is recorded. */
    check_value(client, "on", "{\"person_properties\":{}}", 4, POSTHOG_WOULD_WAIT, "");
    check_value(client, "paid", "{\"person_properties\":{\"plan\":\"pro\"},\"groups\":{\"a\":\"b\"}}", 11, POSTHOG_WOULD_WAIT,
                "");
    check_value(client, "on", NULL, 0, POSTHOG_WOULD_WAIT, "");
    CHECK(exposures(client) == 2);
    /* The same memory of what was recorded as get_flag's. */
    CHECK_STATUS(posthog_get_flag(client, "{\"key\":\"on\",\"distinct_id\":\"user-1\"}", POSTHOG_NTS, NULL), POSTHOG_OK);
    CHECK(exposures(client) == 2);
    /* Members of the input that arguments stand for are no input. */
    check_value(client, "on", "{\"key\":\"gone\",\"distinct_id\":\"other\",\"timeout_ms\":9}", 60, POSTHOG_OK, "true");
    CHECK(exposures(client) == 2);
    check_value(client, "on", "{\"groups\":{\"a\":\"b\"},\"send_feature_flag_events\":false}", 60, POSTHOG_OK, "true");
    CHECK(exposures(client) == 2);
    check_value(client, "on", "{\"groups\":{\"a\":\"b\"}}", 60, POSTHOG_OK, "true");
    CHECK(exposures(client) == 3);
}

static void check_wrong(uint32_t client)
{
    static const struct {
        const char *json;
        int32_t status;
    } wrong[] = {
        {"{", POSTHOG_INVALID_JSON},
        {"{\"a\":\"\xff\"}", POSTHOG_INVALID_JSON},
        {"[]", POSTHOG_INVALID_ARGUMENT},
        {"{\"groups\":1}", POSTHOG_INVALID_ARGUMENT},
        {"{\"timeout_ms\":-1}", POSTHOG_INVALID_ARGUMENT},
    };
    char value[8] = "#######";
    char *long_text = malloc((2 << 20) + 2);
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_value(client, "on", wrong[i].json, 60, wrong[i].status, "");
    check_value(client, "", NULL, 60, POSTHOG_INVALID_ARGUMENT, "");
    check_value(client, NULL, NULL, 60, POSTHOG_INVALID_ARGUMENT, "");
    check_value(client, "\xff", NULL, 60, POSTHOG_INVALID_JSON, "");
    check_value(0, "on", NULL, 60, POSTHOG_UNKNOWN_CLIENT, "");
    check_value(4000000000u, "on", NULL, 60, POSTHOG_UNKNOWN_CLIENT, "");

    CHECK_STATUS(posthog_flag_value(client, "on", 2, NULL, 9, NULL, 9, value, sizeof value), POSTHOG_INVALID_ARGUMENT);
    CHECK(value[0] == '\0');
    CHECK_STATUS(posthog_flag_value(client, "on", 2, "\xed\xa0\x80", 3, NULL, 0, value, sizeof value),
                 POSTHOG_INVALID_JSON);
    CHECK_STATUS(posthog_flag_value(client, "on", 2, user, 6, NULL, 0, NULL, sizeof value), POSTHOG_INVALID_ARGUMENT);
    CHECK_STATUS(posthog_flag_value(client, "on", 2, user, 6, NULL, 0, NULL, 0), POSTHOG_INVALID_ARGUMENT);
    /* A length that cannot be: nothing behind the text is read. */
    CHECK_STATUS(posthog_flag_value(client, "on", (size_t)200 << 20, user, 6, NULL, 0, value, sizeof value),
                 POSTHOG_TOO_LARGE);
    CHECK_STATUS(posthog_flag_value(client, "on", 2, user, (size_t)-2, NULL, 0, value, sizeof value), POSTHOG_TOO_LARGE);
    CHECK_STATUS(posthog_flag_value(client, "on", 2, user, 6, "{}", (size_t)200 << 20, value, sizeof value),
                 POSTHOG_TOO_LARGE);

    CHECK(long_text != NULL);
    memset(long_text, 'x', (2 << 20) + 1);
    long_text[(2 << 20) + 1] = '\0';
    check_value(client, long_text, NULL, 60, POSTHOG_TOO_LARGE, "");
    check_value(client, long_text + 20, NULL, 60, POSTHOG_OK, "null");
    free(long_text);
}

/* An event for a hook does not fit in a value; once it was queued there is none. */
static void check_hook(void)
{
    uint32_t client = open_with_flags("{\"api_key\":\"k\",\"mode\":\"memory\",\"before_send\":true,\"definitions\":\"push\"}");
    char *reply = NULL, enqueue[4096];
    char *event;

    check_value(client, "on", NULL, 60, POSTHOG_WOULD_WAIT, "");
    check_value(client, "on", "{\"send_feature_flag_events\":false}", 60, POSTHOG_OK, "true");
    check_value(client, "gone", NULL, 60, POSTHOG_OK, "null");
    CHECK_STATUS(posthog_get_flag(client, "{\"key\":\"on\",\"distinct_id\":\"user-1\"}", POSTHOG_NTS, &reply), POSTHOG_OK);
    event = strstr(reply, "\"exposure\":{\"event\":");
    CHECK(event != NULL);
    /* The reply ends {..., "exposure":{"event":{...},"lane":"analytics","token":n}}: what stands in the inner object is
     * what enqueue takes. */
    snprintf(enqueue, sizeof enqueue, "%s", event + strlen("\"exposure\":"));
    enqueue[strlen(enqueue) - 1] = '\0';
    CHECK_STATUS(posthog_enqueue(client, enqueue, POSTHOG_NTS, NULL), POSTHOG_OK);
    posthog_free(reply);
    check_value(client, "on", NULL, 60, POSTHOG_OK, "true");
    CHECK_STATUS(posthog_shutdown(client, NULL, 0, NULL), POSTHOG_OK);
}

static void check_fork(uint32_t client)
{
    int status;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(5); /* a hang is a death, and seen by the parent */
        check_value(client, "on", NULL, 60, POSTHOG_FORKED, "");
        check_value(client, NULL, NULL, 0, POSTHOG_FORKED, "");
        CHECK_STATUS(posthog_flag_value(0, NULL, 0, NULL, 0, NULL, 0, NULL, 0), POSTHOG_FORKED);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    uint32_t client = open_with_flags("{\"api_key\":\"k\",\"mode\":\"memory\",\"definitions\":\"push\"}");
    uint32_t waiting = open_client("{\"api_key\":\"k\",\"secret_key\":\"phx\",\"host\":\"http://127.0.0.1:9\"}");

    check_values(client);
    check_wrong(client);
    check_hook();
    check_fork(client);
    /* It would ask the service. */
    check_value(waiting, "on", NULL, 60, POSTHOG_WOULD_WAIT, "");

    CHECK_STATUS(posthog_shutdown(waiting, "{\"timeout_ms\":0}", POSTHOG_NTS, NULL), POSTHOG_OK);
    CHECK_STATUS(posthog_shutdown(client, NULL, 0, NULL), POSTHOG_OK);
    check_value(client, "on", NULL, 60, POSTHOG_CLOSED, "");
    return 0;
}
