/* What a program can see of its own process. */

#ifndef PROCESS_H
#define PROCESS_H

#include "check.h"

#include <dirent.h>
#include <unistd.h>

/* Resident memory in KiB. */
static inline long resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%*s %ld", &pages) == 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* How many names a directory holds, . and .. left out. */
static inline int entries(const char *directory)
{
    int n = -2;
    DIR *dir = opendir(directory);
    CHECK(dir != NULL);
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}

static inline int descriptors(void)
{
    return entries("/proc/self/fd") - 1; /* without the one that reads the directory */
}

static inline int threads_alive(void)
{
    return entries("/proc/self/task");
}

#endif
