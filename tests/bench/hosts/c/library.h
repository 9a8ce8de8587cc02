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

void library_load(const char *path);

/* A client by its options. */
uint32_t client_open(const char *options);

/* An operation that must succeed. */
void client_call(operation *call, uint32_t client, const char *json);

#endif
