/* Which inputs of capture need no decision: see plain.c. */

#ifndef PHGO_PLAIN_H
#define PHGO_PLAIN_H

#include <stddef.h>
#include <stdint.h>

/* Where a value stands in an input; both 0 where it is absent. */
typedef struct {
    uint32_t begin, end;
} phgo_span;

/* The members of an input of capture. */
typedef struct {
    phgo_span event, distinct_id, properties, groups, disable_geoip;
} phgo_plain;

/* Whether json, which is shorter than 4 GB, is certain to be taken by capture on a client that takes events; then members
 * are where its members stand. 0 says nothing against it: then the core decides. */
int phgo_plain_capture(const char *json, size_t len, phgo_plain *members);

#endif
