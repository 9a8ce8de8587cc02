/* Comparison of a request that poll handed out with what a case expects of it. */
#ifndef CONFORMANCE_REQUEST_H
#define CONFORMANCE_REQUEST_H

#include "json.h"

/*
 * Whether the request, whose body lies in the reply, is as expected: method, path, query, headers and body, each only if
 * the case names it. If not, why says what differs.
 */
bool request_match(struct arena *arena, const struct json *expect, const struct json *request, const char *reply,
                   struct buffer *why);

#endif
