/* Comparison of what a case expects with what came. */
#ifndef CONFORMANCE_MATCH_H
#define CONFORMANCE_MATCH_H

#include "json.h"

/*
 * Whether got is as wanted: objects by their members in any order, none missing and none besides; arrays in order;
 * numbers by token; {"$any":"uuid|number|string"} any such value. If not, why gets the first difference, whose place
 * starts with path.
 */
bool match(const char *path, const struct json *want, const struct json *got, struct buffer *why);

#endif
