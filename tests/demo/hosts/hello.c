/* The demo, from C: captures, asks for flags, and prints what it saw as one line of JSON. */

#include <posthog.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t client;

/* Calls an operation that must succeed; the caller frees the reply. */
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

/* Prints the member of a reply that begins at `name`, up to the next comma. */
static void print_member(const char *reply, const char *name)
{
    const char *value = strstr(reply, name) + strlen(name);

    printf("%.*s", (int)strcspn(value, ",}"), value);
}

int main(void)
{
    static const char *const flags[] = {"new-checkout", "beta-dashboard", "button-color", "pro-plan"};
    char json[1024];
    char *reply = NULL;
    int user, item;
    size_t flag;

    snprintf(json, sizeof json, "{\"api_key\":\"%s\",\"host\":\"%s\",\"secret_key\":\"%s\",\"lib\":\"libposthog-c\"}",
             getenv("POSTHOG_API_KEY"), getenv("POSTHOG_HOST"), getenv("POSTHOG_SECRET_KEY"));
    if (posthog_open(json, POSTHOG_NTS, &client, &reply) != POSTHOG_OK) {
        fprintf(stderr, "open: %s\n", reply);
        return 1;
    }
    posthog_free(reply);
    posthog_free(call(posthog_load_flags, "{}"));

    printf("{\"flags\":{");
    for (user = 1; user <= 4; user++) {
        const char *plan = user % 2 == 0 ? "pro" : "free";

        snprintf(json, sizeof json, "{\"distinct_id\":\"user-%d\",\"properties\":{\"plan\":\"%s\"}}", user, plan);
        posthog_free(call(posthog_identify, json));
        for (item = 0; item < 5; item++) {
            snprintf(json, sizeof json,
                     "{\"distinct_id\":\"user-%d\",\"event\":\"item bought\",\"properties\":{\"item\":%d,\"price\":9.5}}",
                     user, item);
            posthog_free(call(posthog_capture, json));
        }
        printf("%s\"user-%d\":{", user > 1 ? "," : "", user);
        for (flag = 0; flag < sizeof flags / sizeof *flags; flag++) {
            snprintf(json, sizeof json,
                     "{\"key\":\"%s\",\"distinct_id\":\"user-%d\",\"person_properties\":{\"plan\":\"%s\"}}",
                     flags[flag], user, plan);
            reply = call(posthog_get_flag, json);
            printf("%s\"%s\":", flag > 0 ? "," : "", flags[flag]);
            print_member(reply, "\"value\":");
            posthog_free(reply);
        }
        printf("}");
    }

    posthog_free(call(posthog_flush, "{}"));
    reply = call(posthog_stats, "{}");
    printf("},\"captured\":");
    print_member(reply, "\"accepted\":");
    printf(",\"delivered\":");
    print_member(reply, "\"delivered\":");
    printf("}\n");
    posthog_free(reply);
    posthog_free(call(posthog_shutdown, "{}"));
    return 0;
}
