/* Captures or flag calls for 200,000 people in turn: what the library remembers of them is bounded.
 * Usage: growth HOST capture|get_flag CALLS; prints the KiB that came after a tenth of them. */

#include "process.h"

enum { PEOPLE = 200000, FLUSH_EVERY = 10000 };

int main(int argc, char **argv)
{
    char json[256];
    uint32_t client;
    long calls, n, tenth = 0;
    int flags;

    CHECK(argc == 4);
    flags = strcmp(argv[2], "get_flag") == 0;
    calls = strtol(argv[3], NULL, 10);
    snprintf(json, sizeof json, "{\"api_key\":\"phc_growth\",\"host\":\"%s\",\"definitions\":\"push\"}", argv[1]);
    client = open_client(json);
    CHECK_STATUS(posthog_set_flag_definitions(client,
                                              "{\"flags\":[{\"id\":1,\"key\":\"half\",\"active\":true,\"filters\":{"
                                              "\"groups\":[{\"properties\":[],\"rollout_percentage\":50}]}}]}",
                                              POSTHOG_NTS, NULL),
                 POSTHOG_OK);
    for (n = 0; n < calls; n++) {
        if (n == calls / 10)
            tenth = resident();
        if (flags) {
            snprintf(json, sizeof json, "{\"key\":\"half\",\"distinct_id\":\"person %ld\"}", n % PEOPLE);
            CHECK_STATUS(posthog_get_flag(client, json, POSTHOG_NTS, NULL), POSTHOG_OK);
        } else {
            snprintf(json, sizeof json, "{\"event\":\"growth\",\"distinct_id\":\"person %ld\",\"properties\":{\"n\":%ld}}",
                     n % PEOPLE, n);
            CHECK_STATUS(posthog_capture(client, json, POSTHOG_NTS, NULL), POSTHOG_OK);
        }
        if (n % FLUSH_EVERY == FLUSH_EVERY - 1)
            CHECK_STATUS(posthog_flush(client, "{\"timeout_ms\":60000}", POSTHOG_NTS, NULL), POSTHOG_OK);
    }
    printf("%ld\n", resident() - tenth);
    CHECK_STATUS(posthog_shutdown(client, NULL, 0, NULL), POSTHOG_OK);
    return 0;
}
