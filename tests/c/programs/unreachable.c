/* A service that cannot be reached costs events, counted, and not one word on the program's output. */

#include "check.h"

int main(void)
{
    /* The discard port, which nobody listens on. */
    uint32_t client = open_client("{\"api_key\":\"phc_test\",\"secret_key\":\"phs_test\",\"host\":\"http://127.0.0.1:9\","
                                  "\"max_retries\":1,\"flush_at\":1}");
    char *reply;
    int i;

    for (i = 0; i < 50; i++)
        CHECK_STATUS(posthog_capture(client, "{\"distinct_id\":\"u\",\"event\":\"lost\"}", POSTHOG_NTS, NULL), POSTHOG_OK);
    CHECK_STATUS(posthog_get_flag(client, "{\"key\":\"f\",\"distinct_id\":\"u\"}", POSTHOG_NTS, &reply), POSTHOG_OK);
    CHECK(strstr(reply, "\"value\":null") != NULL);
    posthog_free(reply);

    CHECK_STATUS(posthog_shutdown(client, "{\"timeout_ms\":3000}", POSTHOG_NTS, &reply), POSTHOG_OK);
    posthog_free(reply);
    CHECK_STATUS(posthog_stats(client, NULL, 0, &reply), POSTHOG_OK);
    CHECK(number_in(reply, "delivered") == 0);
    CHECK(number_in(reply, "accepted") >= 50);
    CHECK(number_in(reply, "queued") == 0 && number_in(reply, "in_flight") == 0);
    posthog_free(reply);
    return 0;
}
