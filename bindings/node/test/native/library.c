/* Stands in for libposthog.so: operations that tell what they were given. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int shut_down;

uint32_t posthog_abi_version(void) { return 1; }

void posthog_free(char *reply) { free(reply); }

int32_t posthog_open(const char *json, size_t len, uint32_t *client, char **reply)
{
    *client = 7;
    *reply = strndup(json, len);
    return 0;
}

/* Replies with its input; the status is the client's number, negative. */
int32_t posthog_echo(uint32_t client, const char *json, size_t len, char **reply)
{
    *reply = strndup(json, len);
    return -(int32_t)client;
}

/* Has no memory for a reply. */
int32_t posthog_stats(uint32_t client, const char *json, size_t len, char **reply)
{
    (void)client, (void)json, (void)len;
    *reply = NULL;
    return -14;
}

/* A body of bytes that are no text, some of them NUL. */
int32_t posthog_poll(uint32_t client, const char *json, size_t len, char **reply)
{
    (void)json, (void)len;
    const char text[] = "{\"request\":{\"id\":1,\"body\":{\"at\":64,\"len\":4}}}";
    *reply = calloc(1, 128);
    strcpy(*reply, client == 1 ? text : "{\"wake_ms\":null}");
    memcpy(*reply + 64, "\x00\xff\x00\x80", 4);
    return 0;
}

int32_t posthog_shutdown(uint32_t client, const char *json, size_t len, char **reply)
{
    (void)client, (void)json, (void)len;
    if (reply != NULL)
        *reply = NULL;
    shut_down++;
    return shut_down;
}

/* Answers with the key as it is, and with a status for the id "wait". */
int32_t posthog_flag_value(uint32_t client, const char *key, size_t key_len, const char *distinct_id,
                           size_t distinct_id_len, const char *json, size_t len, char *value, size_t capacity)
{
    (void)client, (void)json, (void)len;
    *value = '\0';
    if (distinct_id_len == 4 && memcmp(distinct_id, "wait", 4) == 0)
        return 2;
    if (key_len >= capacity)
        return 2;
    memcpy(value, key, key_len);
    value[key_len] = '\0';
    return 0;
}
