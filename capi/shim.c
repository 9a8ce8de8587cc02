//go:build cgo

/* The public functions. Each is plain C that answers what can be answered without Go (a forked child, versions,
 * names, free) and otherwise enters Go through one of two exports. Only what include/posthog.h declares may be
 * visible in the built library; libposthog.map sees to that. An event may also be left for Go to come and get. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"
#include "intake.h"
#include "operations.h"
#include "posthog.h"

/* 1 in a child of fork(): the threads Go needs stayed in the parent, and a call that waits for one of them would
 * never return. Children that only exec are not concerned. */
static atomic_int forked;

static void mark_forked(void)
{
    atomic_store_explicit(&forked, 1, memory_order_relaxed);
}

__attribute__((constructor)) static void watch_fork(void)
{
    pthread_atfork(NULL, NULL, mark_forked);
}

static int in_forked_child(void)
{
    return atomic_load_explicit(&forked, memory_order_relaxed);
}

/* Also the Go side's only way to make a reply: declared in export.go. */
char *phgo_copy(const void *bytes, size_t size)
{
    char *copy = malloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, bytes, size);
        copy[size] = '\0';
    }
    return copy;
}

/* Gives the caller a copy of text, or NULL where memory is short: the status alone must do then. */
static void answer(char **reply, const char *text)
{
    if (reply != NULL)
        *reply = phgo_copy(text, strlen(text));
}

static int32_t answer_forked(char **reply)
{
    answer(reply, "{\"error\":{\"code\":\"FORKED\",\"message\":\"this process is a fork of the one that loaded "
                  "libposthog; load a copy of the library and open a client there\"}}");
    return POSTHOG_FORKED;
}

/* An absent input is an empty object. */
static size_t input_length(const char *json, size_t len)
{
    if (json == NULL)
        return 0;
    return len == POSTHOG_NTS ? strlen(json) : len;
}

int32_t posthog_open(const char *json, size_t len, uint32_t *client, char **reply)
{
    if (client != NULL)
        *client = 0;
    if (in_forked_child())
        return answer_forked(reply);
    if (client == NULL) {
        answer(reply, "{\"error\":{\"code\":\"INVALID_ARGUMENT\",\"message\":\"client must not be NULL\"}}");
        return POSTHOG_INVALID_ARGUMENT;
    }
    return phgo_open((char *)json, input_length(json, len), client, reply);
}

#define NUMBER(name) NUMBER_##name,
enum { PHGO_OPERATIONS(NUMBER) };

/* Whether an event was left for Go, and then what capture returns. */
static int left(uint32_t client, const char *json, size_t len, char **reply, int32_t *status)
{
    char text[] = "{\"uuid\":\"00000000-0000-0000-0000-000000000000\"}";
    int come = 0;

    if (!phgo_intake_leave(client, json, len, strchr(text, '0'), &come))
        return 0;
    if (come)
        phgo_come(client);
    answer(reply, text);
    *status = reply != NULL && *reply == NULL ? POSTHOG_NO_MEMORY : POSTHOG_OK;
    return 1;
}

#define DEFINE(name)                                                                    \
    int32_t posthog_##name(uint32_t client, const char *json, size_t len, char **reply) \
    {                                                                                   \
        if (in_forked_child())                                                          \
            return answer_forked(reply);                                                \
        len = input_length(json, len);                                                  \
        int32_t status;                                                                 \
        if (NUMBER_##name == NUMBER_capture && left(client, json, len, reply, &status)) \
            return status;                                                              \
        return phgo_call(NUMBER_##name, client, (char *)json, len, reply);              \
    }
PHGO_OPERATIONS(DEFINE)

int32_t posthog_flag_value(uint32_t client, const char *key, size_t key_len, const char *distinct_id,
                           size_t distinct_id_len, const char *json, size_t len, char *value, size_t capacity)
{
    if (value == NULL || capacity == 0)
        capacity = 0;
    else
        value[0] = '\0';
    if (in_forked_child())
        return POSTHOG_FORKED;
    if (value == NULL)
        return POSTHOG_INVALID_ARGUMENT;
    return phgo_flag_value(client, (char *)key, input_length(key, key_len), (char *)distinct_id,
                           input_length(distinct_id, distinct_id_len), (char *)json, input_length(json, len), value,
                           capacity);
}

void posthog_free(char *reply)
{
    free(reply);
}

const char *posthog_version(void)
{
    return POSTHOG_VERSION;
}

uint32_t posthog_abi_version(void)
{
    return POSTHOG_ABI_VERSION;
}

const char *posthog_status_name(int32_t status)
{
#define NAME(name)       \
    case POSTHOG_##name: \
        return #name;
    switch (status) {
        NAME(OK)
        NAME(PENDING)
        NAME(WOULD_WAIT)
        NAME(INVALID_JSON)
        NAME(INVALID_ARGUMENT)
        NAME(TOO_LARGE)
        NAME(UNKNOWN_CLIENT)
        NAME(CLOSED)
        NAME(FORKED)
        NAME(QUEUE_FULL)
        NAME(TIMEOUT)
        NAME(UNSUPPORTED)
        NAME(NO_SECRET_KEY)
        NAME(WRONG_MODE)
        NAME(REMOTE_FAILED)
        NAME(BUSY)
        NAME(NO_MEMORY)
        NAME(PANIC)
    }
    return "UNKNOWN";
}
