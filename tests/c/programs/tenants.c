/* Two hundred clients in one process: every event arrives under its own key, and they share their threads.
 * Usage: tenants HOST; prints the threads beyond the program's own and the KiB that the clients took. */

#include "process.h"

#include <pthread.h>
#include <stdatomic.h>

enum { TENANTS = 200, ROUNDS = 5 };

static uint32_t clients[TENANTS];
static atomic_int done, most;

/* Looks for the moment with the most threads, its own included. */
static void *watch(void *unused)
{
    (void)unused;
    while (!atomic_load(&done)) {
        int now = threads_alive();
        if (now > atomic_load(&most))
            atomic_store(&most, now);
        usleep(1000);
    }
    return NULL;
}

static void capture(int tenant)
{
    char json[128];
    snprintf(json, sizeof json, "{\"distinct_id\":\"user of tenant %d\",\"event\":\"tenant\"}", tenant);
    CHECK_STATUS(posthog_capture(clients[tenant], json, POSTHOG_NTS, NULL), POSTHOG_OK);
}

static void flush(int tenant)
{
    char *reply;
    CHECK_STATUS(posthog_flush(clients[tenant], "{\"timeout_ms\":30000}", POSTHOG_NTS, &reply), POSTHOG_OK);
    CHECK(number_in(reply, "pending") == 0);
    posthog_free(reply);
}

int main(int argc, char **argv)
{
    char options[256];
    pthread_t watcher;
    long before;
    int own, i, n;

    CHECK(argc == 2);
    snprintf(options, sizeof options, "{\"api_key\":\"phc_first\",\"host\":\"%s\"}", argv[1]);
    CHECK_STATUS(posthog_shutdown(open_client(options), NULL, 0, NULL), POSTHOG_OK);
    CHECK(pthread_create(&watcher, NULL, watch, NULL) == 0);
    own = 2;
    before = resident();

    /* flush_at 1: every capture sends a request, so that two hundred clients want the network at once. */
    for (i = 0; i < TENANTS; i++) {
        snprintf(options, sizeof options,
                 "{\"api_key\":\"phc_tenant_%d\",\"secret_key\":\"phs_standin\",\"host\":\"%s\",\"flush_at\":1}", i, argv[1]);
        clients[i] = open_client(options);
    }
    for (n = 0; n < ROUNDS; n++)
        for (i = 0; i < TENANTS; i++)
            capture(i);
    for (i = 0; i < TENANTS; i++)
        flush(i);
    printf("%ld ", resident() - before);

    /* The end of one is nothing to the others. */
    CHECK_STATUS(posthog_shutdown(clients[0], NULL, 0, NULL), POSTHOG_OK);
    CHECK_STATUS(posthog_capture(clients[0], "{\"distinct_id\":\"u\",\"event\":\"late\"}", POSTHOG_NTS, NULL), POSTHOG_CLOSED);
    for (i = 1; i < TENANTS; i++)
        capture(i);
    for (i = 1; i < TENANTS; i++)
        CHECK_STATUS(posthog_shutdown(clients[i], NULL, 0, NULL), POSTHOG_OK);

    atomic_store(&done, 1);
    CHECK(pthread_join(watcher, NULL) == 0);
    printf("%d\n", atomic_load(&most) - own);
    return 0;
}
