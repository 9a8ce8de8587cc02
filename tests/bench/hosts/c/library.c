#include "library.h"

#include "measure.h"

#include <dlfcn.h>
#include <stdio.h>

struct library posthog;

static const char *path;
static void *handle;

static void find(const char *name, void *function)
{
    *(void **)function = dlsym(handle, name);
    if (*(void **)function == NULL)
        fail(name, "not in the library");
}

void library_at(const char *file)
{
    path = file;
}

static void load(void)
{
    handle = dlopen(path, RTLD_NOW);
    if (handle == NULL)
        fail(path, dlerror());
    find("posthog_open", &posthog.open);
    find("posthog_capture", &posthog.capture);
    find("posthog_get_flag", &posthog.get_flag);
    find("posthog_flag_value", &posthog.flag_value);
    find("posthog_evaluate_flags", &posthog.evaluate_flags);
    find("posthog_wait_ready", &posthog.wait_ready);
    find("posthog_flush", &posthog.flush);
    find("posthog_shutdown", &posthog.shutdown);
    find("posthog_free", &posthog.free);
}

uint32_t client_open(int with_flags)
{
    char options[512], queue[64] = "";
    uint32_t client;

    if (handle == NULL)
        load();
    if (number("queue") > 0)
        snprintf(queue, sizeof queue, ",\"max_queue_size\":%ld,\"max_queue_bytes\":4000000000", number("queue"));
    snprintf(options, sizeof options, "{\"api_key\":\"phc_bench\",\"host\":\"%s\"%s%s}", parameter("host"),
             with_flags ? ",\"secret_key\":\"phs_bench\"" : "", queue);
    if (posthog.open(options, POSTHOG_NTS, &client, NULL) != POSTHOG_OK)
        fail("open", options);
    return client;
}

void client_call(operation *call, uint32_t client, const char *json)
{
    char *reply;

    if (call(client, json, POSTHOG_NTS, &reply) != POSTHOG_OK)
        fail(json, reply != NULL ? reply : "no reply");
    posthog.free(reply);
}
