/* What the test programs share. A program says nothing and returns 0 when all is well: whatever appears on its output
 * is a failure, the library's own words included. */

#ifndef CHECK_H
#define CHECK_H

#include <posthog.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "operations.h"

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

#define CHECK_STATUS(call, want)                                                                                       \
    do {                                                                                                               \
        int32_t got_ = (call);                                                                                         \
        if (got_ != (want)) {                                                                                          \
            fprintf(stderr, "%s:%d: %s: got %s, want %s\n", __FILE__, __LINE__, #call, posthog_status_name(got_),      \
                    posthog_status_name(want));                                                                        \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

typedef int32_t (*operation)(uint32_t client, const char *json, size_t len, char **reply);

#define ENTRY(name) {#name, posthog_##name},
static const struct {
    const char *name;
    operation call;
} operations[] = {PHGO_OPERATIONS(ENTRY)};

enum { OPERATIONS = sizeof operations / sizeof operations[0] };

/* Opens a client or ends the program. */
static inline uint32_t open_client(const char *options)
{
    uint32_t client = 0;
    char *reply = NULL;
    int32_t status = posthog_open(options, POSTHOG_NTS, &client, &reply);
    if (status != POSTHOG_OK || client == 0) {
        fprintf(stderr, "posthog_open: %s\n", reply != NULL ? reply : posthog_status_name(status));
        exit(1);
    }
    posthog_free(reply);
    return client;
}

/* The number behind "name": in a reply. */
static inline long number_in(const char *reply, const char *name)
{
    char pattern[64];
    const char *at;
    snprintf(pattern, sizeof pattern, "\"%s\":", name);
    at = reply != NULL ? strstr(reply, pattern) : NULL;
    if (at == NULL) {
        fprintf(stderr, "no %s in %s\n", name, reply != NULL ? reply : "NULL");
        exit(1);
    }
    return strtol(at + strlen(pattern), NULL, 10);
}

#endif
