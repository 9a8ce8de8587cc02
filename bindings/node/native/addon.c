/* posthog.node: libposthog.so as Node sees it. Node-API only, so one build serves every Node from 18 on, and the library
 * is opened by its path at run time: there is nothing to link against.
 *
 * The module has one function, load(path, operations). Its result has abiVersion, status (an Int32Array of one: the
 * status of the last call) and a function for each operation:
 *
 *   poll(client, json, nowMs)        the reply's text, or [text, body] where a request has a body
 *   flag_value(client, json, nowMs, key, distinctId)
 *                                    true, false, null, a variant's name, or undefined where get_flag has to be asked
 *   entropy()                        64 hex digits of randomness
 *   every other(client, json, nowMs) the reply's text; open ignores its client
 *
 * json is a string or a Uint8Array and holds an object or nothing. Nothing is shared between threads: every environment
 * (the main thread, each worker) loads for itself, and what its clients still held when it ends is given up.
 */

#define NAPI_VERSION 8

#include <dlfcn.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "posthog.h"

typedef int32_t operation(uint32_t client, const char *json, size_t len, char **reply);
typedef int32_t flag_operation(uint32_t client, const char *key, size_t key_len, const char *distinct_id,
                               size_t distinct_id_len, const char *json, size_t len, char *value, size_t capacity);

/* What JSON allows between tokens. */
#define SPACE " \t\r\n"

/* Room in front of an input for {"now_ms":9223372036854775807, and the first size of the buffer; what flag_value takes
 * of a key or an id, and gives of a value. Anything longer is for get_flag. */
enum { TIME_ROOM = 48, FIRST_ROOM = 4096, TEXT_ROOM = 1024 };

/* What one environment has loaded. */
struct library {
    int32_t (*open)(const char *json, size_t len, uint32_t *client, char **reply);
    operation *shutdown;
    flag_operation *flag_value;
    void (*free)(char *reply);
    int32_t *status;
    napi_ref status_ref;
    /* The input of the call that is under way, kept for the next. */
    char *input;
    size_t room;
    /* Clients that were opened and not shut down. */
    uint32_t *clients;
    size_t count, capacity;
    /* Everything handed to JavaScript as a function's data. */
    struct entry *entries;
};

struct entry {
    struct library *library;
    operation *function;
    bool polls, closes;
};

/* A failed Node-API call leaves an exception pending or a bug of ours; either way there is nothing to return. */
#define TRY(call)            \
    do {                     \
        if ((call) != napi_ok) \
            return NULL;     \
    } while (0)

static napi_value refuse(napi_env env, const char *message)
{
    napi_throw_error(env, NULL, message);
    return NULL;
}

static bool reserve(struct library *lib, size_t room)
{
    if (room <= lib->room)
        return true;
    char *grown = realloc(lib->input, room);
    if (grown == NULL)
        return false;
    lib->input = grown;
    lib->room = room;
    return true;
}

/* Copies an input behind TIME_ROOM bytes of the buffer, NUL-terminated. */
static bool read_input(napi_env env, struct library *lib, napi_value value, size_t *len)
{
    size_t space = lib->room - TIME_ROOM;
    if (napi_get_value_string_utf8(env, value, lib->input + TIME_ROOM, space, len) != napi_ok) {
        bool typed;
        void *bytes;
        if (napi_is_typedarray(env, value, &typed) != napi_ok || !typed ||
            napi_get_typedarray_info(env, value, NULL, len, &bytes, NULL, NULL) != napi_ok ||
            !reserve(lib, TIME_ROOM + *len + 1))
            return false;
        memcpy(lib->input + TIME_ROOM, bytes, *len);
        lib->input[TIME_ROOM + *len] = '\0';
        return true;
    }
    /* A text that filled the buffer to within one character may have been cut. */
    if (*len + 4 < space)
        return true;
    return napi_get_value_string_utf8(env, value, NULL, 0, len) == napi_ok && reserve(lib, TIME_ROOM + *len + 5) &&
           napi_get_value_string_utf8(env, value, lib->input + TIME_ROOM, *len + 1, len) == napi_ok;
}

/* Puts the time in front of an input's first member, in the room before it. What is no object is left as it is. */
static const char *with_time(struct library *lib, size_t *len, int64_t now_ms)
{
    static const char name[] = "{\"now_ms\":";
    char *input = lib->input + TIME_ROOM;
    if (*len == 0) {
        memcpy(input, "{}", 3);
        *len = 2;
    }
    char *brace = input + strspn(input, SPACE);
    if (*brace != '{')
        return input;
    char *start = brace + 1;
    if (start[strspn(start, SPACE)] != '}')
        *--start = ',';
    do
        *--start = (char)('0' + now_ms % 10);
    while ((now_ms /= 10) > 0);
    start -= sizeof name - 1;
    memcpy(start, name, sizeof name - 1);
    *len = (size_t)(input + *len - start);
    return start;
}

/* What JavaScript passes to an operation. */
struct call {
    napi_value argv[5];
    struct entry *entry;
    uint32_t client;
    const char *input;
    size_t len;
};

/* Reads the arguments of an operation; false with an exception pending. */
static bool read_call(napi_env env, napi_callback_info info, struct call *call)
{
    size_t argc = 5;
    int64_t now_ms;
    if (napi_get_cb_info(env, info, &argc, call->argv, NULL, (void **)&call->entry) != napi_ok ||
        napi_get_value_uint32(env, call->argv[0], &call->client) != napi_ok ||
        napi_get_value_int64(env, call->argv[2], &now_ms) != napi_ok || now_ms < 0 ||
        !read_input(env, call->entry->library, call->argv[1], &call->len)) {
        refuse(env, "an operation takes a client, a text and a time");
        return false;
    }
    call->input = with_time(call->entry->library, &call->len, now_ms);
    return true;
}

static napi_value give_text(napi_env env, const char *text)
{
    napi_value value;
    TRY(napi_create_string_utf8(env, text == NULL ? "" : text, NAPI_AUTO_LENGTH, &value));
    return value;
}

/* A poll's reply: its text, with a copy of the body behind it where there is one. */
static napi_value give_polled(napi_env env, const char *reply)
{
    napi_value pair, text = give_text(env, reply), body;
    unsigned long at, len;
    const char *place = reply == NULL ? NULL : strstr(reply, "\"body\":{\"at\":");
    if (place == NULL || sscanf(place, "\"body\":{\"at\":%lu,\"len\":%lu", &at, &len) != 2)
        return text;
    TRY(napi_create_array_with_length(env, 2, &pair));
    TRY(napi_create_buffer_copy(env, len, reply + at, NULL, &body));
    TRY(napi_set_element(env, pair, 0, text));
    TRY(napi_set_element(env, pair, 1, body));
    return pair;
}

static void forget(struct library *lib, uint32_t client)
{
    for (size_t i = 0; i < lib->count; i++)
        if (lib->clients[i] == client)
            lib->clients[i--] = lib->clients[--lib->count];
}

static bool remember(struct library *lib, uint32_t client)
{
    if (lib->count == lib->capacity) {
        size_t capacity = lib->capacity * 2 + 16;
        uint32_t *grown = realloc(lib->clients, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        lib->clients = grown;
        lib->capacity = capacity;
    }
    lib->clients[lib->count++] = client;
    return true;
}

static napi_value call_open(napi_env env, napi_callback_info info)
{
    struct call call;
    if (!read_call(env, info, &call))
        return NULL;
    struct library *lib = call.entry->library;
    uint32_t client;
    char *reply;
    *lib->status = lib->open(call.input, call.len, &client, &reply);
    if (client != 0 && !remember(lib, client))
        lib->shutdown(client, "{\"timeout_ms\":0}", POSTHOG_NTS, NULL);
    napi_value text = give_text(env, reply);
    lib->free(reply);
    return text;
}

static napi_value call_operation(napi_env env, napi_callback_info info)
{
    struct call call;
    if (!read_call(env, info, &call))
        return NULL;
    struct library *lib = call.entry->library;
    char *reply;
    if (call.entry->closes)
        forget(lib, call.client);
    *lib->status = call.entry->function(call.client, call.input, call.len, &reply);
    napi_value result = call.entry->polls ? give_polled(env, reply) : give_text(env, reply);
    lib->free(reply);
    return result;
}

/* A value of JSON's as one of JavaScript's; undefined where it has escapes. */
static napi_value give_value(napi_env env, const char *text)
{
    napi_value value;
    size_t len = strlen(text);
    if (text[0] == '"') {
        if (memchr(text, '\\', len) != NULL)
            return NULL;
        TRY(napi_create_string_utf8(env, text + 1, len - 2, &value));
    } else if (text[0] == 'n') {
        TRY(napi_get_null(env, &value));
    } else {
        TRY(napi_get_boolean(env, text[0] == 't', &value));
    }
    return value;
}

/* NULL is undefined in JavaScript. */
static napi_value call_flag_value(napi_env env, napi_callback_info info)
{
    struct call call;
    char key[TEXT_ROOM], id[TEXT_ROOM], value[TEXT_ROOM];
    size_t key_len, id_len;
    if (!read_call(env, info, &call) ||
        napi_get_value_string_utf8(env, call.argv[3], key, sizeof key, &key_len) != napi_ok ||
        napi_get_value_string_utf8(env, call.argv[4], id, sizeof id, &id_len) != napi_ok ||
        key_len + 4 >= sizeof key || id_len + 4 >= sizeof id)
        return NULL;
    struct library *lib = call.entry->library;
    *lib->status = lib->flag_value(call.client, key, key_len, id, id_len, call.input, call.len, value, sizeof value);
    return *lib->status == POSTHOG_OK ? give_value(env, value) : NULL;
}

static napi_value call_entropy(napi_env env, napi_callback_info info)
{
    (void)info;
    unsigned char bytes[32];
    char text[2 * sizeof bytes + 1];
    if (getentropy(bytes, sizeof bytes) != 0)
        return refuse(env, "the system gives no randomness");
    for (size_t i = 0; i < sizeof bytes; i++)
        sprintf(text + 2 * i, "%02x", bytes[i]);
    return give_text(env, text);
}

static void end_library(void *data)
{
    struct library *lib = data;
    for (size_t i = 0; i < lib->count; i++)
        lib->shutdown(lib->clients[i], "{\"timeout_ms\":0}", POSTHOG_NTS, NULL);
    free(lib->clients);
    free(lib->input);
    free(lib->entries);
    free(lib);
}

static bool add_function(napi_env env, napi_value to, const char *name, napi_callback callback, struct entry *entry)
{
    napi_value function;
    return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, entry, &function) == napi_ok &&
           napi_set_named_property(env, to, name, function) == napi_ok;
}

static bool add_status(napi_env env, napi_value to, struct library *lib)
{
    napi_value buffer, array;
    return napi_create_arraybuffer(env, sizeof *lib->status, (void **)&lib->status, &buffer) == napi_ok &&
           napi_create_typedarray(env, napi_int32_array, 1, buffer, 0, &array) == napi_ok &&
           napi_create_reference(env, array, 1, &lib->status_ref) == napi_ok &&
           napi_set_named_property(env, to, "status", array) == napi_ok;
}

static bool add_operations(napi_env env, napi_value to, struct library *lib, void *handle, napi_value names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char symbol[64] = "posthog_";
        char *name = symbol + strlen(symbol);
        napi_value value;
        if (napi_get_element(env, names, i, &value) != napi_ok ||
            napi_get_value_string_utf8(env, value, name, sizeof symbol - 8, NULL) != napi_ok)
            return false;
        lib->entries[i] = (struct entry){
            .library = lib,
            .function = (operation *)dlsym(handle, symbol),
            .polls = strcmp(name, "poll") == 0,
            .closes = strcmp(name, "shutdown") == 0,
        };
        if (lib->entries[i].function == NULL || !add_function(env, to, name, call_operation, &lib->entries[i]))
            return false;
    }
    lib->entries[count].library = lib;
    return add_function(env, to, "open", call_open, &lib->entries[count]) &&
           add_function(env, to, "flag_value", call_flag_value, &lib->entries[count]) &&
           add_function(env, to, "entropy", call_entropy, NULL);
}

/* load(path, operations): throws with the loader's words where the file cannot be loaded. Of a library with another ABI
 * version than POSTHOG_ABI_VERSION the result has nothing but that. */
static napi_value load(napi_env env, napi_callback_info info)
{
    size_t argc = 2, len;
    napi_value argv[2], result, version;
    char path[4096];
    uint32_t count;
    TRY(napi_get_cb_info(env, info, &argc, argv, NULL, NULL));
    if (napi_get_value_string_utf8(env, argv[0], path, sizeof path, &len) != napi_ok ||
        napi_get_array_length(env, argv[1], &count) != napi_ok)
        return refuse(env, "load takes a path and the names of operations");
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return refuse(env, dlerror());
    uint32_t (*abi_version)(void) = (uint32_t(*)(void))dlsym(handle, "posthog_abi_version");
    if (abi_version == NULL)
        return refuse(env, "this is not libposthog");
    TRY(napi_create_object(env, &result));
    TRY(napi_create_uint32(env, abi_version(), &version));
    TRY(napi_set_named_property(env, result, "abiVersion", version));
    if (abi_version() != POSTHOG_ABI_VERSION)
        return result;

    struct library *lib = calloc(1, sizeof *lib);
    if (lib == NULL || !reserve(lib, FIRST_ROOM) || (lib->entries = calloc(count + 1, sizeof *lib->entries)) == NULL)
        return refuse(env, "out of memory");
    TRY(napi_add_env_cleanup_hook(env, end_library, lib));
    lib->open = (int32_t(*)(const char *, size_t, uint32_t *, char **))dlsym(handle, "posthog_open");
    lib->shutdown = (operation *)dlsym(handle, "posthog_shutdown");
    lib->flag_value = (flag_operation *)dlsym(handle, "posthog_flag_value");
    lib->free = (void (*)(char *))dlsym(handle, "posthog_free");
    if (lib->open == NULL || lib->shutdown == NULL || lib->flag_value == NULL || lib->free == NULL || !add_status(env, result, lib) ||
        !add_operations(env, result, lib, handle, argv[1], count))
        return refuse(env, "the library lacks an operation");
    return result;
}

NAPI_MODULE_INIT()
{
    napi_value function;
    TRY(napi_create_function(env, "load", NAPI_AUTO_LENGTH, load, NULL, &function));
    TRY(napi_set_named_property(env, exports, "load", function));
    return exports;
}
