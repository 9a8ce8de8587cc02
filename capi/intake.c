//go:build cgo

/* Where captures leave plain events without entering Go.
 *
 * Entering a Go runtime that sleeps costs many times what capturing costs, and in a burst the caller need not wait for
 * what another processor can do meanwhile. So while Go has promised to come, which is all the time that events keep
 * coming, an input that needs no decision is only walked over here, given its uuid and time, and left; Go comes ten times a
 * second, or when it is told that much has gathered, and captures it as it would any other. Whatever depends on the events
 * before it makes Go come first. Nothing is decided here: see plain.c for what is left, and intake.go for when.
 *
 * A client's intake is the place with its number, modulo; one whose place is taken goes without. */

#define _GNU_SOURCE
#include "intake.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

enum {
    CHUNK = 64 << 10,
    /* Longer inputs go straight to Go: they would fill chunks with gaps. */
    LONGEST = 8 << 10,
    RANDOM = 250,
    PER_UUID = 10,
    SPARE = 8,
};

struct phgo_chunk {
    phgo_chunk *next;
    size_t used;
    int64_t count, cost;
    _Alignas(8) char events[];
};

enum { CAPACITY = CHUNK - sizeof(phgo_chunk) };

typedef struct {
    /* The client that has this place, and the same while captures may leave events for it; 0 is none. */
    uint32_t owner;
    _Atomic uint32_t open;

    /* Guards all but open's reading. */
    pthread_mutex_t lock;
    phgo_chunk *first, *last;
    /* What was left and is not settled, how much that may be, and what each event costs besides its length. */
    int64_t events, bytes, most_events, most_bytes, extra;
    /* Go was told to come. */
    int called;

    /* What the client's clock is ahead of the monotonic one. */
    int64_t ahead_ns;
    unsigned char random[RANDOM];
    size_t random_left;
} intake;

static intake intakes[PHGO_INTAKES];

static struct {
    pthread_mutex_t lock;
    phgo_chunk *first;
    int count;
} spare = {.lock = PTHREAD_MUTEX_INITIALIZER};

__attribute__((constructor)) static void make_locks(void)
{
    int i;

    for (i = 0; i < PHGO_INTAKES; i++)
        pthread_mutex_init(&intakes[i].lock, NULL);
}

static phgo_chunk *new_chunk(void)
{
    phgo_chunk *chunk;

    pthread_mutex_lock(&spare.lock);
    chunk = spare.first;
    if (chunk != NULL) {
        spare.first = chunk->next;
        spare.count--;
    }
    pthread_mutex_unlock(&spare.lock);
    if (chunk == NULL) {
        chunk = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (chunk == MAP_FAILED)
            return NULL;
    }
    chunk->next = NULL;
    chunk->used = 0;
    chunk->count = chunk->cost = 0;
    return chunk;
}

static void free_chunk(phgo_chunk *chunk)
{
    int kept;

    pthread_mutex_lock(&spare.lock);
    kept = spare.count < SPARE;
    if (kept) {
        chunk->next = spare.first;
        spare.first = chunk;
        spare.count++;
    }
    pthread_mutex_unlock(&spare.lock);
    if (!kept)
        munmap(chunk, CHUNK);
}

const char *phgo_chunk_events(const phgo_chunk *chunk, size_t *size)
{
    *size = chunk->used;
    return chunk->events;
}

int64_t phgo_monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Makes a uuid of version 7. 0 where there is no randomness. */
static int write_uuid(intake *in, int64_t ms, char to[PHGO_UUID])
{
    static const char digit[] = "0123456789abcdef";
    unsigned char id[16];
    int i;

    if (in->random_left < PER_UUID) {
        if (getrandom(in->random, RANDOM, 0) != RANDOM)
            return 0;
        in->random_left = RANDOM;
    }
    in->random_left -= PER_UUID;
    for (i = 0; i < 6; i++)
        id[i] = (unsigned char)(ms >> (40 - 8 * i));
    memcpy(id + 6, in->random + in->random_left, PER_UUID);
    id[6] = 0x70 | (id[6] & 0x0f);
    id[8] = 0x80 | (id[8] & 0x3f);
    for (i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = digit[id[i] >> 4];
        *to++ = digit[id[i] & 15];
    }
    return 1;
}

/* Returns the chunk with room for so many bytes, or NULL. */
static phgo_chunk *chunk_for(intake *in, size_t size)
{
    phgo_chunk *chunk;

    if (in->last != NULL && in->last->used + size <= CAPACITY)
        return in->last;
    chunk = new_chunk();
    if (chunk == NULL)
        return NULL;
    if (in->last == NULL)
        in->first = chunk;
    else
        in->last->next = chunk;
    return in->last = chunk;
}

/* Does leave's part under the lock. */
static int append(intake *in, const char *json, phgo_left left, char uuid[PHGO_UUID], int *come)
{
    const int64_t cost = left.length + in->extra;
    phgo_chunk *chunk;

    left.size = (sizeof left + left.length + 7) / 8 * 8; /* so that the next one is aligned */
    left.at_ms = (phgo_monotonic_ns() + in->ahead_ns) / 1000000;
    if (in->events >= in->most_events || in->bytes + cost > in->most_bytes || !write_uuid(in, left.at_ms, left.uuid))
        return 0;
    chunk = chunk_for(in, left.size);
    if (chunk == NULL)
        return 0;
    memcpy(uuid, left.uuid, PHGO_UUID);
    memcpy(chunk->events + chunk->used, &left, sizeof left);
    memcpy(chunk->events + chunk->used + sizeof left, json, left.length);
    chunk->used += left.size;
    chunk->count++;
    chunk->cost += cost;
    in->events++;
    in->bytes += cost;
    *come = !in->called && in->first != in->last;
    in->called |= *come;
    return 1;
}

int phgo_intake_leave(uint32_t client, const char *json, size_t len, char uuid[PHGO_UUID], int *come)
{
    intake *in = &intakes[client % PHGO_INTAKES];
    phgo_left left = {.length = (uint32_t)len};
    int taken = 0;

    if (client == 0 || atomic_load_explicit(&in->open, memory_order_relaxed) != client || len > LONGEST ||
        !phgo_plain_capture(json, len, &left.members))
        return 0;
    pthread_mutex_lock(&in->lock);
    if (atomic_load_explicit(&in->open, memory_order_relaxed) == client)
        taken = append(in, json, left, uuid, come);
    pthread_mutex_unlock(&in->lock);
    return taken;
}

int phgo_intake_claim(uint32_t client, int64_t ahead_ns)
{
    const int place = client % PHGO_INTAKES;
    intake *in = &intakes[place];
    int claimed;

    pthread_mutex_lock(&in->lock);
    claimed = in->owner == 0;
    if (claimed) {
        in->owner = client;
        in->ahead_ns = ahead_ns;
    }
    pthread_mutex_unlock(&in->lock);
    return claimed ? place : -1;
}

void phgo_intake_release(int place)
{
    intake *in = &intakes[place];

    pthread_mutex_lock(&in->lock);
    atomic_store_explicit(&in->open, 0, memory_order_relaxed);
    in->owner = 0;
    pthread_mutex_unlock(&in->lock);
}

void phgo_intake_open(int place, int64_t events, int64_t bytes, int64_t extra)
{
    intake *in = &intakes[place];

    pthread_mutex_lock(&in->lock);
    in->most_events = events;
    in->most_bytes = bytes;
    in->extra = extra;
    atomic_store_explicit(&in->open, in->owner, memory_order_relaxed);
    pthread_mutex_unlock(&in->lock);
}

void phgo_intake_shut(int place)
{
    intake *in = &intakes[place];

    pthread_mutex_lock(&in->lock);
    atomic_store_explicit(&in->open, 0, memory_order_relaxed);
    pthread_mutex_unlock(&in->lock);
}

phgo_chunk *phgo_intake_take(int place, int all)
{
    intake *in = &intakes[place];
    phgo_chunk *first;

    pthread_mutex_lock(&in->lock);
    first = in->first;
    if (first == NULL) {
        in->called = 0;
    } else if (all) {
        in->first = in->last = NULL;
    } else {
        in->first = first->next;
        if (in->first == NULL)
            in->last = NULL;
        first->next = NULL;
    }
    pthread_mutex_unlock(&in->lock);
    return first;
}

phgo_chunk *phgo_intake_settle(int place, phgo_chunk *chunk)
{
    intake *in = &intakes[place];
    phgo_chunk *next = chunk->next;

    pthread_mutex_lock(&in->lock);
    in->events -= chunk->count;
    in->bytes -= chunk->cost;
    pthread_mutex_unlock(&in->lock);
    free_chunk(chunk);
    return next;
}
