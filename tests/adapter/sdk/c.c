/* libposthog.so behind the adapter: a line of standard input is an operation, see child.go. */

#include <posthog.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CLIENTS 65536

/* The handles, by the number in "client-<number>". */
static uint32_t handles[MAX_CLIENTS];

static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

typedef int32_t operation(uint32_t, const char *, size_t, char **);

static const struct {
    const char *name;
    operation *call;
} operations[] = {
    {"capture", posthog_capture}, {"capture_ai", posthog_capture_ai}, {"flush", posthog_flush},
    {"stats", posthog_stats},     {"get_flag", posthog_get_flag},     {"shutdown", posthog_shutdown},
};

static int32_t perform(unsigned client, const char *action, const char *json, char **reply)
{
    size_t i;

    if (strcmp(action, "open") == 0)
        return posthog_open(json, POSTHOG_NTS, &handles[client], reply);
    for (i = 0; i < sizeof operations / sizeof *operations; i++)
        if (strcmp(action, operations[i].name) == 0)
            return operations[i].call(handles[client], json, POSTHOG_NTS, reply);
    return POSTHOG_UNSUPPORTED;
}

/* Performs a line, which it frees. */
static void *run(void *arg)
{
    char *line = arg, *reply = NULL, action[32];
    unsigned number, client;
    int json = 0;
    int32_t status;

    if (sscanf(line, "%u client-%u %31s %n", &number, &client, action, &json) != 3 || client >= MAX_CLIENTS) {
        fprintf(stderr, "not a line: %s\n", line);
        exit(1);
    }
    status = perform(client, action, line + json, &reply);
    pthread_mutex_lock(&output);
    if (status == POSTHOG_OK)
        printf("%u ok %s\n", number, reply);
    else
        printf("%u error %s %s\n", number, posthog_status_name(status), reply ? reply : "");
    fflush(stdout);
    pthread_mutex_unlock(&output);
    posthog_free(reply);
    free(line);
    return NULL;
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    while ((length = getline(&line, &size, stdin)) > 0) {
        pthread_t thread;

        line[length - 1] = '\0';
        if (pthread_create(&thread, NULL, run, line) != 0) {
            perror("pthread_create");
            return 1;
        }
        pthread_detach(thread);
        line = NULL;
        size = 0;
    }
    free(line);
    return 0;
}
