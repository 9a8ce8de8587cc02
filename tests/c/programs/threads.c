/* Hammer: many threads on one client and on clients of their own, each reply looked at by the thread that asked.
 * Usage: threads HOST */

#include "check.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 8, ROUNDS = 2000, FLAGS = 64 };

static uint32_t shared;
static atomic_long accepted;

/* Flag f<n> of the definitions has the variant v<n>: a reply that went to the wrong caller shows. */
static void check_flag(long n)
{
    char json[128], want[64];
    char *reply;

    snprintf(json, sizeof json,
             "{\"key\":\"f%ld\",\"distinct_id\":\"u%ld\",\"only_evaluate_locally\":true,\"send_feature_flag_events\":false}",
             n % FLAGS, n);
    snprintf(want, sizeof want, "\"value\":\"v%ld\"", n % FLAGS);
    CHECK_STATUS(posthog_get_flag(shared, json, POSTHOG_NTS, &reply), POSTHOG_OK);
    if (strstr(reply, want) == NULL) {
        fprintf(stderr, "asked for f%ld, got %s\n", n % FLAGS, reply);
        exit(1);
    }
    posthog_free(reply);
}

static void *hammer(void *argument)
{
    long seed = (long)(intptr_t)argument * ROUNDS, i;
    char json[128];

    for (i = seed; i < seed + ROUNDS; i++) {
        snprintf(json, sizeof json, "{\"distinct_id\":\"u%ld\",\"event\":\"hammer\"}", i);
        CHECK_STATUS(posthog_capture(shared, json, POSTHOG_NTS, NULL), POSTHOG_OK);
        atomic_fetch_add(&accepted, 1);
        check_flag(i);
        if (i % 100 == 0) {
            uint32_t own = open_client("{\"api_key\":\"phc_own\",\"mode\":\"memory\"}");
            CHECK_STATUS(posthog_capture(own, json, POSTHOG_NTS, NULL), POSTHOG_OK);
            CHECK_STATUS(posthog_drain(shared, NULL, 0, NULL), POSTHOG_OK);
            CHECK_STATUS(posthog_flush(shared, "{\"timeout_ms\":1}", POSTHOG_NTS, NULL), POSTHOG_OK);
            CHECK_STATUS(posthog_shutdown(own, NULL, 0, NULL), POSTHOG_OK);
            CHECK_STATUS(posthog_capture(own, json, POSTHOG_NTS, NULL), POSTHOG_CLOSED);
        }
    }
    return NULL;
}

static void *shut_down(void *unused)
{
    (void)unused;
    CHECK_STATUS(posthog_shutdown(shared, "{\"timeout_ms\":20000}", POSTHOG_NTS, NULL), POSTHOG_OK);
    return NULL;
}

static void load_definitions(void)
{
    static char document[FLAGS * 256];
    size_t at = (size_t)snprintf(document, sizeof document, "{\"flags\":[");
    int i;

    for (i = 0; i < FLAGS; i++)
        at += (size_t)snprintf(document + at, sizeof document - at,
                               "%s{\"id\":%d,\"key\":\"f%d\",\"active\":true,\"filters\":{\"groups\":[{\"properties\":[],"
                               "\"rollout_percentage\":100}],\"multivariate\":{\"variants\":[{\"key\":\"v%d\","
                               "\"rollout_percentage\":100}]}}}",
                               i > 0 ? "," : "", i + 1, i, i);
    at += (size_t)snprintf(document + at, sizeof document - at, "]}");
    CHECK_STATUS(posthog_set_flag_definitions(shared, document, at, NULL), POSTHOG_OK);
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    char json[256];
    char *reply;
    intptr_t i;

    CHECK(argc == 2);
    snprintf(json, sizeof json, "{\"api_key\":\"phc_hammer\",\"host\":\"%s\",\"definitions\":\"push\"}", argv[1]);
    shared = open_client(json);
    load_definitions();
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, hammer, (void *)i) == 0);
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);

    /* All shut down at once; one does it, the others wait or find it done. */
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, shut_down, NULL) == 0);
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);

    CHECK_STATUS(posthog_stats(shared, NULL, 0, &reply), POSTHOG_OK);
    CHECK(number_in(reply, "accepted") == atomic_load(&accepted));
    CHECK(number_in(reply, "delivered") == atomic_load(&accepted));
    posthog_free(reply);
    return 0;
}
