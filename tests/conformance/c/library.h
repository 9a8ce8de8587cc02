/* The library under test, by the names of its operations. */
#ifndef CONFORMANCE_LIBRARY_H
#define CONFORMANCE_LIBRARY_H

#include "json.h"

/* What an operation answered. */
struct reply {
    int32_t status;
    /* The reply parsed, NULL where it is no JSON. It lives in the arena the caller gave. */
    const struct json *json;
    /* The reply as it came, for the body of a request; freed by reply_free. */
    char *buffer;
};

/* Opens a client in host mode with the options of a case. The client is 0 where that failed, and why says it. */
uint32_t library_open(const struct json *options, struct text entropy, int64_t now_ms, struct buffer *why);

/* Calls an operation with an object as input, into which the clock is put. */
struct reply library_call(struct arena *arena, uint32_t client, struct text op, struct text in, int64_t now_ms);

/* Calls an operation with bytes that may be no JSON, after another call has moved the clock. */
struct reply library_call_raw(struct arena *arena, uint32_t client, struct text op, struct text in, int64_t now_ms);

/*
 * Asks posthog_flag_value what a get_flag step asks, in being its input. value gets the JSON text. The status is UNSUPPORTED where plain arguments cannot say what the input says.
 */
int32_t library_flag_value(uint32_t client, const struct json *in, int64_t now_ms, struct buffer *value);

void reply_free(struct reply *reply);

#endif
