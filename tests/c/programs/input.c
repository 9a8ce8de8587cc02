/* Every function with everything that can be wrong about its input: a status and a reply each time, never a crash. */

#include "check.h"

/* The first ones are not even an object. */
enum { NO_OBJECT = 8 };

static const char *const wrong[] = {
    "[]",
    "1",
    "\"text\"",
    "{",
    "{\"a\":}",
    "{} {}",
    "\xff\xfe",
    "{\"event\":\"\\ud800\"}",
    "{\"event\":1,\"distinct_id\":{}}",
    "{\"key\":[],\"distinct_id\":true}",
    "{\"properties\":\"text\",\"set\":1,\"groups\":[]}",
    "{\"timeout_ms\":\"soon\"}",
    "{\"timeout_ms\":-1}",
    "{\"timeout_ms\":1e300}",
    "{\"flags\":1,\"keys\":1,\"enabled\":\"yes\",\"clear\":2,\"token\":\"x\",\"id\":\"x\"}",
    "{\"exceptions\":{},\"op\":7,\"flag_keys\":\"all\",\"fields\":[1]}",
    "{\"headers\":{\"a\":1},\"status\":\"ok\",\"body\":{},\"error\":9}",
};

/* Calls an operation and looks at the reply as a careful caller would. */
static int32_t call(operation op, uint32_t client, const char *json, size_t len)
{
    char *reply = NULL;
    int32_t status = op(client, json, len, &reply);

    CHECK(strcmp(posthog_status_name(status), "UNKNOWN") != 0);
    CHECK(status != POSTHOG_PANIC);
    CHECK(reply != NULL && reply[0] == '{' && reply[strlen(reply) - 1] == '}');
    if (status < 0) {
        CHECK(strncmp(reply, "{\"error\":{\"code\":\"", 18) == 0);
        CHECK(strncmp(reply + 18, posthog_status_name(status), strlen(posthog_status_name(status))) == 0);
    }
    posthog_free(reply);
    CHECK(op(client, json, len, NULL) == status || status >= 0 || status == POSTHOG_CLOSED);
    return status;
}

static char *repeated(char c, size_t n)
{
    char *text = malloc(n + 1);
    CHECK(text != NULL);
    memset(text, c, n);
    text[n] = '\0';
    return text;
}

static void check_operation(int i, uint32_t live, uint32_t dead)
{
    enum { MEGABYTE = 1 << 20 };
    operation op = operations[i].call;
    int is_shutdown = op == posthog_shutdown;
    int answers_when_dead = is_shutdown || op == posthog_stats || op == posthog_drain || op == posthog_poll;
    char *garbage = repeated('\x01', MEGABYTE);
    char *deep = repeated('[', MEGABYTE);
    size_t j;

    /* Numbers that are no client: the operation is not even looked at. */
    CHECK_STATUS(call(op, 0, "{}", 2), POSTHOG_UNKNOWN_CLIENT);
    CHECK_STATUS(call(op, 4000000000u, "{}", 2), POSTHOG_UNKNOWN_CLIENT);
    CHECK_STATUS(call(op, UINT32_MAX, NULL, 0), POSTHOG_UNKNOWN_CLIENT);

    CHECK_STATUS(call(op, live, garbage, MEGABYTE), POSTHOG_INVALID_JSON);
    CHECK_STATUS(call(op, live, deep, MEGABYTE), POSTHOG_INVALID_JSON);
    CHECK_STATUS(call(op, live, garbage, (size_t)200 << 20), POSTHOG_TOO_LARGE);
    for (j = 0; j < sizeof wrong / sizeof wrong[0]; j++) {
        int32_t status = call(op, live, wrong[j], strlen(wrong[j]));
        CHECK(call(op, live, wrong[j], POSTHOG_NTS) == status || is_shutdown);
        if (j < NO_OBJECT && status >= 0) {
            fprintf(stderr, "%s takes %s\n", operations[i].name, wrong[j]);
            exit(1);
        }
    }

    if (!is_shutdown) {
        int32_t status = call(op, live, "{}", 2);
        CHECK(call(op, live, "null", 4) == status);
        CHECK(call(op, live, NULL, 0) == status);
        CHECK(call(op, live, NULL, 77) == status);
        CHECK(call(op, live, "", 0) == status);
        CHECK(call(op, live, "", POSTHOG_NTS) == status);
    }
    CHECK((call(op, dead, NULL, 0) == POSTHOG_OK) == answers_when_dead);

    free(garbage);
    free(deep);
}

static void check_open(void)
{
    static const char *const bad_options[] = {
        "[]",
        "{",
        "\xff",
        "{\"api_key\":1}",
        "{\"api_key\":\"k\",\"host\":\"not a url\"}",
        "{\"api_key\":\"k\",\"mode\":\"sideways\"}",
        "{\"api_key\":\"k\",\"flush_at\":\"many\"}",
        "{\"api_key\":\"k\",\"io\":\"host\"}",
        "{\"api_key\":\"k\",\"entropy\":\"short\"}",
        "{\"api_key\":\"k\",\"ca_file\":\"/does/not/exist\"}",
        "{\"api_key\":\"k\",\"proxy\":\"ftp://example.com\"}",
        "{\"api_key\":\"k\",\"headers\":{\"a b\":\"c\"}}",
    };
    char *reply = NULL;
    uint32_t client;
    size_t i;

    for (i = 0; i < sizeof bad_options / sizeof bad_options[0]; i++) {
        client = 7;
        CHECK(posthog_open(bad_options[i], POSTHOG_NTS, &client, &reply) < 0);
        CHECK(client == 0 && reply != NULL && strncmp(reply, "{\"error\":", 9) == 0);
        posthog_free(reply);
        CHECK(posthog_open(bad_options[i], POSTHOG_NTS, &client, NULL) < 0);
    }
    CHECK_STATUS(posthog_open("{\"api_key\":\"k\"}", POSTHOG_NTS, NULL, &reply), POSTHOG_INVALID_ARGUMENT);
    posthog_free(reply);
    CHECK_STATUS(posthog_open("{\"api_key\":\"k\"}", POSTHOG_NTS, NULL, NULL), POSTHOG_INVALID_ARGUMENT);
    CHECK_STATUS(posthog_open("{}", (size_t)200 << 20, &client, NULL), POSTHOG_TOO_LARGE);

    /* Without a key a client is disabled, not refused. */
    CHECK_STATUS(posthog_open(NULL, 0, &client, NULL), POSTHOG_OK);
    CHECK_STATUS(posthog_shutdown(client, NULL, 0, NULL), POSTHOG_OK);
}

int main(void)
{
    static const char driven[] = "{\"api_key\":\"phc_test\",\"mode\":\"memory\"}";
    static const char hosted[] = "{\"api_key\":\"phc_test\",\"mode\":\"memory\",\"io\":\"host\",\"entropy\":"
                                 "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"}";
    uint32_t dead = open_client(driven);
    uint32_t dead_hosted = open_client(hosted);
    int i;

    check_open();
    CHECK_STATUS(posthog_shutdown(dead, NULL, 0, NULL), POSTHOG_OK);
    CHECK_STATUS(posthog_shutdown(dead_hosted, NULL, 0, NULL), POSTHOG_OK);
    for (i = 0; i < OPERATIONS; i++) {
        check_operation(i, open_client(hosted), dead_hosted);
        if (operations[i].call == posthog_poll || operations[i].call == posthog_complete)
            CHECK_STATUS(call(operations[i].call, open_client(driven), "{", 1), POSTHOG_WRONG_MODE);
        else
            check_operation(i, open_client(driven), dead);
    }
    return 0;
}
