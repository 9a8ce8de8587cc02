/* What captures leave in C for Go to come and get: see intake.c. */

#ifndef PHGO_INTAKE_H
#define PHGO_INTAKE_H

#include <stddef.h>
#include <stdint.h>

#include "plain.h"

enum { PHGO_UUID = 36 };

/* An event that was left: when, as what, and where in the input that lies behind this its members stand. */
typedef struct {
    int64_t at_ms;
    phgo_plain members;
    /* Of the input, and from this to the next event. */
    uint32_t length, size;
    char uuid[PHGO_UUID];
} phgo_left;

/* A stretch of memory with events in it. */
typedef struct phgo_chunk phgo_chunk;

/* For the shim. Whether an input of capture was taken: then uuid is its event's, and *come says that Go has to be told to
 * come, because much lies here. */
int phgo_intake_leave(uint32_t client, const char *json, size_t len, char uuid[PHGO_UUID], int *come);

int64_t phgo_monotonic_ns(void);

/* For Go, which comes. A client has one intake, a number below PHGO_INTAKES, or -1: that one goes without. Its clock shows
 * what the monotonic one does and ahead_ns. */
enum { PHGO_INTAKES = 256 };
int phgo_intake_claim(uint32_t client, int64_t ahead_ns);
void phgo_intake_release(int intake);

/* Lets captures leave events, and says how many and how many bytes may be left at a time; each costs extra besides its
 * length. What was taken counts until it is settled. */
void phgo_intake_open(int intake, int64_t events, int64_t bytes, int64_t extra);
void phgo_intake_shut(int intake);

/* Returns the oldest chunk with all others behind it, or alone, or NULL where there is none. */
phgo_chunk *phgo_intake_take(int intake, int all);
const char *phgo_chunk_events(const phgo_chunk *chunk, size_t *size);

/* Frees a chunk and returns the next one, if there is one. */
phgo_chunk *phgo_intake_settle(int intake, phgo_chunk *chunk);

#endif
