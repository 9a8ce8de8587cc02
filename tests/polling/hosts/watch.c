/* Answers every line of its input with the flag's value as it is now and the codes of the records about definitions. */

#include <posthog.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t client;

static char *call(int32_t (*operation)(uint32_t, const char *, size_t, char **), const char *json)
{
    char *reply = NULL;
    int32_t status = operation(client, json, POSTHOG_NTS, &reply);

    if (status != POSTHOG_OK) {
        fprintf(stderr, "%s: %s\n", posthog_status_name(status), reply);
        exit(1);
    }
    return reply;
}

int main(void)
{
    char json[1024];
    char *flag, *records, *value;

    snprintf(json, sizeof json,
             "{\"api_key\":\"%s\",\"host\":\"%s\",\"secret_key\":\"%s\",\"feature_flags_polling_interval_ms\":%s}",
             getenv("POSTHOG_API_KEY"), getenv("POSTHOG_HOST"), getenv("POSTHOG_SECRET_KEY"), getenv("POLL_MS"));
    if (posthog_open(json, POSTHOG_NTS, &client, NULL) != POSTHOG_OK)
        return 1;
    posthog_free(call(posthog_wait_ready, "{}"));
    while (fgets(json, sizeof json, stdin) != NULL) {
        flag = call(posthog_get_flag, "{\"key\":\"new-checkout\",\"distinct_id\":\"user\",\"only_evaluate_locally\":true}");
        records = call(posthog_drain, "{}");
        value = strstr(flag, "\"value\":") + strlen("\"value\":");
        printf("{\"value\":%.*s,\"records\":%s}\n", (int)strcspn(value, ",}"), value, records);
        fflush(stdout);
        posthog_free(flag);
        posthog_free(records);
    }
    posthog_free(call(posthog_shutdown, "{}"));
    return 0;
}
