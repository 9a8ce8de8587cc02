/* Clients that are captured to, flushed and shut down all at once, at another moment each round, account for every
 * event. Usage: rounds HOST ROUNDS; prints how many events were delivered and how many a shutdown without time dropped. */

#include "check.h"

#include <pthread.h>
#include <stdatomic.h>

enum { CAPTURERS = 16, FLUSHERS = 4, CLOSERS = 4, EACH = 40, ALL = CAPTURERS * EACH };

static struct {
    uint32_t client;
    const char *shutdown;
    /* The shutdowns begin when so many events were captured. */
    long after;
    atomic_long captured, accepted, refused;
    pthread_mutex_t mutex;
    pthread_cond_t enough;
} now = {.mutex = PTHREAD_MUTEX_INITIALIZER, .enough = PTHREAD_COND_INITIALIZER};

static void *capture(void *unused)
{
    int i;
    (void)unused;
    for (i = 0; i < EACH; i++) {
        int32_t status = posthog_capture(now.client, "{\"distinct_id\":\"user\",\"event\":\"round\"}", POSTHOG_NTS, NULL);
        if (status == POSTHOG_OK) {
            atomic_fetch_add(&now.accepted, 1);
        } else {
            CHECK_STATUS(status, POSTHOG_CLOSED);
            atomic_fetch_add(&now.refused, 1);
        }
        if (atomic_fetch_add(&now.captured, 1) == now.after) {
            pthread_mutex_lock(&now.mutex);
            pthread_cond_broadcast(&now.enough);
            pthread_mutex_unlock(&now.mutex);
        }
    }
    return NULL;
}

static void *flush(void *unused)
{
    int32_t status;
    (void)unused;
    do
        status = posthog_flush(now.client, "{\"timeout_ms\":5}", POSTHOG_NTS, NULL);
    while (status == POSTHOG_OK);
    CHECK_STATUS(status, POSTHOG_CLOSED);
    return NULL;
}

static void *shut_down(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&now.mutex);
    while (atomic_load(&now.captured) <= now.after)
        pthread_cond_wait(&now.enough, &now.mutex);
    pthread_mutex_unlock(&now.mutex);
    CHECK_STATUS(posthog_shutdown(now.client, now.shutdown, POSTHOG_NTS, NULL), POSTHOG_OK);
    return NULL;
}

static void start(pthread_t *threads, int count, void *(*body)(void *))
{
    int i;
    for (i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, body, NULL) == 0);
}

/* A reason that dropped nothing is not in the ledger. */
static long dropped_in(const char *stats, const char *reason)
{
    char pattern[64];
    snprintf(pattern, sizeof pattern, "\"%s\":", reason);
    return strstr(stats, pattern) != NULL ? number_in(stats, reason) : 0;
}

static void play(const char *options, int at_once, long *delivered, long *dropped)
{
    pthread_t threads[CAPTURERS + FLUSHERS + CLOSERS];
    long sent, lost;
    char *stats;
    int i;

    now.client = open_client(options);
    now.shutdown = at_once ? "{\"timeout_ms\":0}" : "{\"timeout_ms\":20000}";
    atomic_store(&now.captured, 0);
    atomic_store(&now.accepted, 0);
    atomic_store(&now.refused, 0);
    start(threads, CAPTURERS, capture);
    start(threads + CAPTURERS, FLUSHERS, flush);
    start(threads + CAPTURERS + FLUSHERS, CLOSERS, shut_down);
    for (i = 0; i < CAPTURERS + FLUSHERS + CLOSERS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);

    CHECK_STATUS(posthog_stats(now.client, NULL, 0, &stats), POSTHOG_OK);
    sent = number_in(stats, "delivered");
    lost = dropped_in(stats, "shutdown");
    CHECK(number_in(stats, "accepted") == ALL);
    CHECK(number_in(stats, "queued") == 0 && number_in(stats, "in_flight") == 0);
    CHECK(dropped_in(stats, "closed") == atomic_load(&now.refused));
    CHECK(sent + lost == atomic_load(&now.accepted));
    CHECK(at_once || lost == 0);
    posthog_free(stats);
    *delivered += sent;
    *dropped += lost;
}

int main(int argc, char **argv)
{
    long rounds, n, delivered = 0, dropped = 0;
    char options[256];

    CHECK(argc == 3);
    snprintf(options, sizeof options, "{\"api_key\":\"phc_rounds\",\"host\":\"%s\"}", argv[1]);
    rounds = strtol(argv[2], NULL, 10);
    for (n = 0; n < rounds; n++) {
        now.after = n * ALL / rounds;
        play(options, n % 4 == 3, &delivered, &dropped);
    }
    printf("%ld %ld\n", delivered, dropped);
    return 0;
}
