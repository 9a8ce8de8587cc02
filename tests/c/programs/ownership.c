/* Who owns what: inputs stay the caller's, replies become the caller's, on whatever thread. */

#include "check.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

static void *free_reply(void *reply)
{
    posthog_free(reply);
    return NULL;
}

/* The input may change as soon as the call has returned. */
static void input_is_copied(uint32_t client)
{
    char json[] = "{\"distinct_id\":\"u\",\"event\":\"kept\"}";
    char *reply;

    CHECK_STATUS(posthog_capture(client, json, sizeof json - 1, NULL), POSTHOG_OK);
    memset(json, 'x', sizeof json - 1);
    CHECK_STATUS(posthog_captured(client, "{\"clear\":true}", POSTHOG_NTS, &reply), POSTHOG_OK);
    CHECK(strstr(reply, "\"kept\"") != NULL);
    posthog_free(reply);
}

/* An input needs no terminator, and nothing behind it is looked at: behind it is a page that cannot be read. */
static void input_ends_where_it_says(uint32_t client)
{
    static const char text[] = "{\"distinct_id\":\"u\",\"event\":\"e\"}";
    size_t len = sizeof text - 1, page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *input = pages + page - len;

    CHECK(pages != MAP_FAILED && mprotect(pages + page, page, PROT_NONE) == 0);
    memcpy(input, text, len);
    CHECK_STATUS(posthog_capture(client, input, len, NULL), POSTHOG_OK);
    CHECK_STATUS(posthog_capture(client, input, len - 1, NULL), POSTHOG_INVALID_JSON);
    CHECK(munmap(pages, 2 * page) == 0);
}

int main(void)
{
    uint32_t client = open_client("{\"api_key\":\"phc_test\",\"mode\":\"memory\"}");
    pthread_t thread;
    char *reply;
    int i;

    input_is_copied(client);
    input_ends_where_it_says(client);

    for (i = 0; i < OPERATIONS; i++) {
        reply = (char *)1; /* what was in it before does not matter, and it is always set */
        (void)operations[i].call(client, "{}", 2, &reply);
        CHECK(reply != (char *)1 && reply != NULL && reply[0] == '{' && reply[strlen(reply) - 1] == '}');
        CHECK(pthread_create(&thread, NULL, free_reply, reply) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        (void)operations[i].call(client, "{}", 2, NULL);
    }
    posthog_free(NULL);
    return 0;
}
