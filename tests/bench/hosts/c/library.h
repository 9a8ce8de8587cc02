/* libposthog, opened while the program runs, so that loading it can be measured. */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <posthog.h>

typedef int32_t operation(uint32_t client, const char *json, size_t len, char **reply);

struct library {
    int32_t (*open)(const char *json, size_t len, uint32_t *client, char **reply);
    operation *capture, *get_flag, *evaluate_flags, *wait_ready, *flush, *shutdown;
    int32_t (*flag_value)(uint32_t client, const char *key, size_t key_len, const char *distinct_id,
                          size_t distinct_id_len, const char *json, size_t len, char *value, size_t capacity);
    void (*free)(char *reply);
};

extern struct library posthog;

/* Where the library is. */
void library_at(const char *path);

/* A client by the parameters host and queue. The first one loads the library. */
uint32_t client_open(int with_flags);

/* An operation that must succeed. */
void client_call(operation *call, uint32_t client, const char *json);

#endif
