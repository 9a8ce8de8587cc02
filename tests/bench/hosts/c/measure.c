#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

_Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

int64_t wall_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

double unix_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

double cpu_us(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

void sleep_until(int64_t ns)
{
    struct timespec at = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

double memory_mb(const char *field)
{
    char line[256];
    size_t length = strlen(field);
    FILE *status = fopen("/proc/self/status", "r");

    if (status == NULL)
        fail("/proc/self/status", "cannot be read");
    while (fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, field, length) == 0 && line[length] == ':') {
            fclose(status);
            return strtol(line + length + 1, NULL, 10) / 1024.0;
        }
    }
    fail(field, "not in /proc/self/status");
}

int64_t *room_for(long count)
{
    int64_t *values = calloc((size_t)count, sizeof *values);

    if (values == NULL)
        fail("calloc", "no memory");
    return values;
}

static int ascending(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

static double at(const int64_t *values, size_t count, double share)
{
    size_t index = (size_t)((double)count * share);

    return (double)values[index < count ? index : count - 1] / 1e3;
}

struct percentiles percentiles_of(int64_t *values, size_t count)
{
    if (count == 0)
        return (struct percentiles){0};
    qsort(values, count, sizeof *values, ascending);
    return (struct percentiles){at(values, count, 0.5), at(values, count, 0.99), at(values, count, 0.999)};
}

static int pair_count;
static char **pairs;

void parameters_set(int count, char **given)
{
    pair_count = count;
    pairs = given;
}

const char *parameter(const char *name)
{
    size_t length = strlen(name);

    for (int i = 0; i < pair_count; i++)
        if (strncmp(pairs[i], name, length) == 0 && pairs[i][length] == '=')
            return pairs[i] + length + 1;
    return NULL;
}

long number(const char *name)
{
    const char *value = parameter(name);

    return value != NULL ? strtol(value, NULL, 10) : 0;
}
