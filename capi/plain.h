/* Which inputs of capture need no decision: see plain.c. */

#ifndef PHGO_PLAIN_H
#define PHGO_PLAIN_H

#include <stddef.h>

/* Whether json is certain to be taken by capture on a client that takes events. 0 says nothing against it: then the
 * core decides. */
int phgo_plain_capture(const char *json, size_t len);

#endif
