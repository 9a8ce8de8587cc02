/* Clocks, memory, percentiles and the parameters of the command line. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stddef.h>
#include <stdint.h>

/* Ends the program. */
_Noreturn void fail(const char *what, const char *why);

int64_t wall_ns(void);       /* monotonic */
double unix_ms(void);
double cpu_us(void);         /* of the whole process */
void sleep_until(int64_t ns); /* of wall_ns */

/* A line of /proc/self/status that is a size, in MB. */
double memory_mb(const char *field);

/* Zeroed room for that many values. */
int64_t *room_for(long count);

struct percentiles {
    double p50, p99, p999; /* µs */
};

/* Sorts the values, which are ns. */
struct percentiles percentiles_of(int64_t *values, size_t count);

/* Parameters are name=value. */
void parameters_set(int count, char **pairs);
const char *parameter(const char *name);
long number(const char *name); /* 0 where it is not given */

#endif
