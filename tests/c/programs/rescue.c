/* What a binding does in a forked child: it loads a copy of the library from memory, which knows nothing of the parent's
 * and works. Usage: rescue LIBRARY */

#define _GNU_SOURCE
#include "check.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int32_t (*open_function)(const char *json, size_t len, uint32_t *client, char **reply);

static void *load_copy(const char *path)
{
    char name[64];
    struct stat file;
    char *text;
    int from = open(path, O_RDONLY), copy = memfd_create("libposthog", 0);

    CHECK(from >= 0 && copy >= 0 && fstat(from, &file) == 0);
    text = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, from, 0);
    CHECK(text != MAP_FAILED && write(copy, text, (size_t)file.st_size) == file.st_size);
    CHECK(munmap(text, (size_t)file.st_size) == 0 && close(from) == 0);
    snprintf(name, sizeof name, "/proc/self/fd/%d", copy);
    return dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

static void check_library(void *library)
{
    open_function begin = (open_function)(intptr_t)dlsym(library, "posthog_open");
    operation capture = (operation)(intptr_t)dlsym(library, "posthog_capture");
    operation shutdown = (operation)(intptr_t)dlsym(library, "posthog_shutdown");
    uint32_t client;

    CHECK(begin != NULL && capture != NULL && shutdown != NULL);
    CHECK(begin("{\"api_key\":\"k\",\"mode\":\"memory\"}", POSTHOG_NTS, &client, NULL) == POSTHOG_OK);
    CHECK(client == 1); /* a library of its own, not the parent's */
    CHECK(capture(client, "{\"distinct_id\":\"u\",\"event\":\"e\"}", POSTHOG_NTS, NULL) == POSTHOG_OK);
    CHECK(shutdown(client, NULL, 0, NULL) == POSTHOG_OK);
}

/* Forks, and in the child finds the inherited library refusing and a copy working; again in a child of the child. */
static void check_fork(void *inherited, const char *path, int generations)
{
    operation stats = (operation)(intptr_t)dlsym(inherited, "posthog_stats");
    int status;
    pid_t pid = fork();

    CHECK(stats != NULL && pid >= 0);
    if (pid == 0) {
        void *copy;
        alarm(10);
        CHECK(stats(1, NULL, 0, NULL) == POSTHOG_FORKED);
        copy = load_copy(path);
        CHECK(copy != NULL && copy != inherited);
        check_library(copy);
        if (generations > 1)
            check_fork(copy, path, generations - 1);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv)
{
    void *library;
    int i;

    CHECK(argc == 2);
    library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL);
    check_library(library);
    for (i = 0; i < 20; i++)
        check_fork(library, argv[1], 2);
    return 0;
}
