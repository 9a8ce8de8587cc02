/* What a first user does: link against the installed library, capture, shut down. Usage: smoke HOST COUNT */

#include "check.h"

int main(int argc, char **argv)
{
    char json[512];
    char *reply;
    uint32_t client;
    long count, i;

    CHECK(argc == 3);
    count = strtol(argv[2], NULL, 10);
    snprintf(json, sizeof json, "{\"api_key\":\"phc_smoke\",\"host\":\"%s\",\"flush_interval_ms\":100}", argv[1]);
    client = open_client(json);

    for (i = 0; i < count; i++) {
        int n = snprintf(json, sizeof json, "{\"distinct_id\":\"user-%ld\",\"event\":\"smoke\",\"properties\":{\"n\":%ld}}",
                         i % 10, i);
        CHECK_STATUS(posthog_capture(client, json, (size_t)n, NULL), POSTHOG_OK);
    }

    CHECK_STATUS(posthog_shutdown(client, "{\"timeout_ms\":20000}", POSTHOG_NTS, NULL), POSTHOG_OK);
    CHECK_STATUS(posthog_stats(client, NULL, 0, &reply), POSTHOG_OK);
    CHECK(number_in(reply, "accepted") == count);
    CHECK(number_in(reply, "delivered") == count);
    posthog_free(reply);
    return 0;
}
