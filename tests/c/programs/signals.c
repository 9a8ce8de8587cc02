/* Loading the library changes the signal handling that the header lists, and nothing else. Usage: signals LIBRARY */

#include "check.h"

#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

static void program_handler(int signal)
{
    (void)signal;
}

static int is_gos(int signal)
{
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGPIPE || signal == SIGURG;
}

int main(int argc, char **argv)
{
    struct sigaction before[65], after, mine;
    sigset_t mask_before, mask_after;
    void *library;
    int signal;

    CHECK(argc == 2);
    memset(&mine, 0, sizeof mine);
    mine.sa_handler = program_handler;
    CHECK(sigaction(SIGUSR1, &mine, NULL) == 0 && sigaction(SIGTERM, &mine, NULL) == 0);
    CHECK(sigprocmask(SIG_SETMASK, NULL, &mask_before) == 0);
    for (signal = 1; signal <= 64; signal++)
        if (sigaction(signal, NULL, &before[signal]) != 0)
            memset(&before[signal], 0, sizeof before[signal]);

    library = dlopen(argv[1], RTLD_NOW);
    CHECK(library != NULL);
    /* The runtime starts on threads of its own; a call waits until it is up. */
    operation stats = (operation)(intptr_t)dlsym(library, "posthog_stats");
    CHECK(stats != NULL && stats(0, NULL, 0, NULL) == POSTHOG_UNKNOWN_CLIENT);

    for (signal = 1; signal <= 64; signal++) {
        if (sigaction(signal, NULL, &after) != 0)
            continue;
        if (!is_gos(signal) && (after.sa_handler != before[signal].sa_handler ||
                                ((after.sa_flags ^ before[signal].sa_flags) & ~SA_ONSTACK) != 0)) {
            fprintf(stderr, "signal %d: handler or flags changed\n", signal);
            return 1;
        }
    }
    CHECK(sigprocmask(SIG_SETMASK, NULL, &mask_after) == 0);
    CHECK(memcmp(&mask_before, &mask_after, sizeof mask_before) == 0);
    CHECK(raise(SIGUSR1) == 0);
    return 0;
}
