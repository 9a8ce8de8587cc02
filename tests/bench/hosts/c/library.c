#include "library.h"

#include "measure.h"

#include <dlfcn.h>

struct library posthog;

static void *handle;

static void find(const char *name, void *function)
{
    *(void **)function = dlsym(handle, name);
    if (*(void **)function == NULL)
        fail(name, "not in the library");
}

void library_load(const char *path)
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

uint32_t client_open(const char *options)
{
    uint32_t client;
    int32_t status = posthog.open(options, POSTHOG_NTS, &client, NULL);

    if (status != POSTHOG_OK)
        fail("open", "failed");
    return client;
}

void client_call(operation *call, uint32_t client, const char *json)
{
    char *reply;

    if (call(client, json, POSTHOG_NTS, &reply) != POSTHOG_OK)
        fail(json, reply != NULL ? reply : "no reply");
    posthog.free(reply);
}
