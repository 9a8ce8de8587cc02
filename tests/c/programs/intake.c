/* Captures in quick succession, which are left for Go to come for, are what they would be one by one. Usage: intake HOST;
 * prints the uuids that capture answered, in order. */

#include "check.h"

#include <pthread.h>

enum { EVENTS = 5000, REGISTERED = 3000, BOUND = 500, CLIENTS = 300, EACH = 4 };

static void stats_are(uint32_t client, long accepted, long queued, const char *reason, long dropped)
{
    char *stats;

    CHECK_STATUS(posthog_stats(client, NULL, 0, &stats), POSTHOG_OK);
    CHECK(number_in(stats, "accepted") == accepted);
    CHECK(queued < 0 || number_in(stats, "queued") == queued);
    CHECK(dropped == 0 || number_in(stats, reason) == dropped);
    posthog_free(stats);
}

/* The uuid in a reply, or "" where it is null. */
static const char *uuid_in(const char *reply)
{
    static char uuid[37];

    uuid[0] = '\0';
    CHECK(reply != NULL && (sscanf(reply, "{\"uuid\":\"%36[0-9a-f-]\"}", uuid) == 1 || strcmp(reply, "{\"uuid\":null}") == 0));
    return uuid;
}

/* Every hundredth event has an escape that C leaves to the core. A property is registered on the way. */
static void in_order(const char *host)
{
    char options[256], event[128], *reply;
    uint32_t client;
    int i;

    snprintf(options, sizeof options, "{\"api_key\":\"phc_order\",\"host\":\"%s\"}", host);
    client = open_client(options);
    for (i = 0; i < EVENTS; i++) {
        if (i == REGISTERED)
            CHECK_STATUS(posthog_register(client, "{\"properties\":{\"late\":true}}", POSTHOG_NTS, NULL), POSTHOG_OK);
        snprintf(event, sizeof event, "{\"distinct_id\":\"u\",\"event\":\"e\",\"properties\":{\"n\":%d,\"face\":\"%s\"}}", i,
                 i % 100 == 99 ? "\\ud83d\\ude00" : ":)");
        CHECK_STATUS(posthog_capture(client, event, POSTHOG_NTS, &reply), POSTHOG_OK);
        puts(uuid_in(reply));
        posthog_free(reply);
        if (i % 1000 == 500)
            stats_are(client, i + 1, -1, "", 0);
    }
    CHECK_STATUS(posthog_set_enabled(client, "{\"enabled\":false}", POSTHOG_NTS, NULL), POSTHOG_OK);
    CHECK_STATUS(posthog_capture(client, "{\"event\":\"unwanted\"}", POSTHOG_NTS, &reply), POSTHOG_OK);
    CHECK(uuid_in(reply)[0] == '\0');
    posthog_free(reply);
    CHECK_STATUS(posthog_set_enabled(client, "{\"enabled\":true}", POSTHOG_NTS, NULL), POSTHOG_OK);
    CHECK_STATUS(posthog_shutdown(client, NULL, 0, NULL), POSTHOG_OK);
    CHECK_STATUS(posthog_capture(client, "{\"event\":\"late\"}", POSTHOG_NTS, NULL), POSTHOG_CLOSED);
    stats_are(client, EVENTS + 2, 0, "opted_out", 1);
}

/* Of a queue that nothing leaves, the bounds hold to the event. */
static void bounded(const char *bound, int most, long bytes)
{
    char options[256], *stats;
    uint32_t client;
    int i, taken = 0;

    snprintf(options, sizeof options, "{\"api_key\":\"phc_bounded\",\"host\":\"http://127.0.0.1:1\",\"flush_at\":1000000,%s}", bound);
    client = open_client(options);
    for (i = 0; i < 4 * BOUND; i++) {
        int32_t status = posthog_capture(client, "{\"distinct_id\":\"u\",\"event\":\"e\",\"properties\":{\"n\":1}}", POSTHOG_NTS, NULL);
        if (status == POSTHOG_OK)
            taken++;
        else
            CHECK_STATUS(status, POSTHOG_QUEUE_FULL);
        CHECK((status == POSTHOG_OK) == (taken == i + 1));
    }
    CHECK(taken > 0 && taken < i && (most == 0 || taken == most));
    stats_are(client, i, taken, "queue_full", i - taken);
    CHECK_STATUS(posthog_stats(client, NULL, 0, &stats), POSTHOG_OK);
    CHECK(number_in(stats, "queue_bytes") <= bytes);
    posthog_free(stats);
    CHECK_STATUS(posthog_shutdown(client, "{\"timeout_ms\":0}", POSTHOG_NTS, NULL), POSTHOG_OK);
}

/* More clients than there are places for what is left. */
static void many(const char *host)
{
    static uint32_t clients[CLIENTS];
    char options[256];
    int i, n;

    for (i = 0; i < CLIENTS; i++) {
        snprintf(options, sizeof options, "{\"api_key\":\"phc_many_%d\",\"host\":\"%s\"}", i, host);
        clients[i] = open_client(options);
    }
    for (n = 0; n < EACH; n++)
        for (i = 0; i < CLIENTS; i++)
            CHECK_STATUS(posthog_capture(clients[i], "{\"distinct_id\":\"u\",\"event\":\"e\"}", POSTHOG_NTS, NULL), POSTHOG_OK);
    for (i = 0; i < CLIENTS; i++)
        CHECK_STATUS(posthog_shutdown(clients[i], NULL, 0, NULL), POSTHOG_OK);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    in_order(argv[1]);
    bounded("\"max_queue_size\":500", BOUND, 64 << 20);
    bounded("\"max_queue_bytes\":100000", 0, 100000);
    many(argv[1]);
    return 0;
}
