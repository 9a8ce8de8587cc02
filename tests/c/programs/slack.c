/* Of the library's threads the runtime's monitor may wake late, and no other thread. Usage: slack LIBRARY */

#include "check.h"

#include <dirent.h>
#include <dlfcn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { USUAL_NS = 70000, LATE_NS = 1000000, CALLS = 300 };

/* The number that a file about a thread holds behind a word, which may be empty; -1 where it cannot be read. */
static long about(const char *thread, const char *name, const char *word)
{
    char path[512], line[256];
    long number = -1;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%s/%s", thread, name);
    file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, word, strlen(word)) == 0)
            number = strtol(line + strlen(word), NULL, 10);
    if (file != NULL)
        fclose(file);
    return number;
}

int main(int argc, char **argv)
{
    const struct timespec pause = {0, 1000000};
    long late_switches = -1, most_switches = -1, late = 0;
    char own[32];
    struct dirent *entry;
    operation stats;
    void *library;
    DIR *threads;
    int i;

    CHECK(argc == 2);
    CHECK(prctl(PR_SET_TIMERSLACK, USUAL_NS, 0, 0, 0) == 0);
    library = dlopen(argv[1], RTLD_NOW);
    CHECK(library != NULL);
    stats = (operation)(intptr_t)dlsym(library, "posthog_stats");
    CHECK(stats != NULL);
    for (i = 0; i < CALLS; i++) {
        CHECK(stats(0, NULL, 0, NULL) == POSTHOG_UNKNOWN_CLIENT);
        nanosleep(&pause, NULL);
    }
    CHECK(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == USUAL_NS);

    snprintf(own, sizeof own, "%ld", (long)syscall(SYS_gettid));
    threads = opendir("/proc/self/task");
    CHECK(threads != NULL);
    while ((entry = readdir(threads)) != NULL) {
        long slack, switches;
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, own) == 0)
            continue;
        slack = about(entry->d_name, "timerslack_ns", "");
        switches = about(entry->d_name, "status", "voluntary_ctxt_switches:");
        if (slack < 0)
            return 0; /* only a privileged process may look at other threads */
        CHECK(slack == USUAL_NS || slack == LATE_NS);
        late += slack == LATE_NS;
        if (slack == LATE_NS)
            late_switches = switches;
        if (switches > most_switches)
            most_switches = switches;
    }
    closedir(threads);
    CHECK(late == 1);
    /* The monitor is the thread that calls like these keep awake. */
    CHECK(late_switches == most_switches);
    return 0;
}
