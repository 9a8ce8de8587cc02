#include "library.h"

#include <inttypes.h>
#include <posthog.h>
#include <stdlib.h>
#include <string.h>

typedef int32_t operation(uint32_t client, const char *json, size_t len, char **reply);

#define OPERATIONS(X) \
    X(capture) X(identify) X(alias) X(group_identify) X(set) X(capture_exception) X(capture_ai) X(build) X(enqueue) \
    X(register) X(unregister) X(evaluate_flags) X(get_flag) X(get_remote_config) X(flag_called) X(load_flags) \
    X(wait_ready) X(set_flag_definitions) X(get_flag_definitions) X(override_flags) X(captured) X(flush) X(stats) \
    X(drain) X(set_enabled) X(shutdown) X(poll) X(complete)

#define ROW(name) {#name, posthog_##name},

static const struct {
    const char *name;
    operation *call;
} operations[] = {OPERATIONS(ROW)};

static operation *lookup(struct text op) {
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (text_equal(op, text_of(operations[i].name))) {
            return operations[i].call;
        }
    }
    return NULL;
}

/* Adds an object without its final brace, and the comma that the next member needs. */
static void add_open_object(struct buffer *out, struct text object) {
    buffer_add(out, object.at, object.len - 1);
    if (object.len > 2) {
        buffer_add(out, ",", 1);
    }
}

uint32_t library_open(const struct json *options, struct text entropy, int64_t now_ms, struct buffer *why) {
    struct buffer written = {0}, in = {0};
    json_write(&written, options);
    add_open_object(&in, (struct text){written.at, written.len});
    buffer_print(&in, "\"entropy\":");
    json_quote(&in, entropy);
    buffer_print(&in, ",\"io\":\"host\",\"now_ms\":%" PRId64 "}", now_ms);

    uint32_t client = 0;
    char *reply = NULL;
    int32_t status = posthog_open(in.at, in.len, &client, &reply);
    if (status != POSTHOG_OK) {
        buffer_print(why, "open: %s", reply == NULL ? posthog_status_name(status) : reply);
        client = 0;
    }
    posthog_free(reply);
    free(written.at);
    free(in.at);
    return client;
}

static struct reply call(struct arena *arena, uint32_t client, struct text op, const char *in, size_t len) {
    struct reply reply = {.status = POSTHOG_UNSUPPORTED};
    operation *operation = lookup(op);
    if (operation != NULL) {
        reply.status = operation(client, in, len, &reply.buffer);
    }
    if (reply.buffer != NULL) {
        reply.json = json_parse(arena, reply.buffer, strlen(reply.buffer));
    }
    return reply;
}

struct reply library_call(struct arena *arena, uint32_t client, struct text op, struct text in, int64_t now_ms) {
    struct buffer timed = {0};
    add_open_object(&timed, in);
    buffer_print(&timed, "\"now_ms\":%" PRId64 "}", now_ms);
    struct reply reply = call(arena, client, op, timed.at, timed.len);
    free(timed.at);
    return reply;
}

struct reply library_call_raw(struct arena *arena, uint32_t client, struct text op, struct text in, int64_t now_ms) {
    struct reply moved = library_call(arena, client, text_of("stats"), text_of("{}"), now_ms);
    reply_free(&moved);
    return call(arena, client, op, in.at, in.len);
}

static bool is_plain(const struct json *argument) {
    return argument == NULL || argument->kind == JSON_STRING || argument->kind == JSON_NULL;
}

int32_t library_flag_value(uint32_t client, const struct json *in, int64_t now_ms, struct buffer *value) {
    if (!is_plain(json_get(in, "key")) || !is_plain(json_get(in, "distinct_id"))) {
        return POSTHOG_UNSUPPORTED;
    }
    struct text key = json_text(in, "key", ""), distinct_id = json_text(in, "distinct_id", "");
    struct buffer others = {0};
    buffer_print(&others, "{\"now_ms\":%" PRId64, now_ms);
    for (const struct json *member = in->child; member != NULL; member = member->next) {
        if (text_equal(member->name, text_of("key")) || text_equal(member->name, text_of("distinct_id"))) {
            continue;
        }
        buffer_print(&others, ",");
        json_quote(&others, member->name);
        buffer_print(&others, ":");
        json_write(&others, member);
    }
    buffer_print(&others, "}");
    char text[256];
    int32_t status = posthog_flag_value(client, key.at, key.len, distinct_id.at, distinct_id.len, others.at, others.len,
                                        text, sizeof text);
    buffer_add(value, text, strlen(text));
    free(others.at);
    return status;
}

void reply_free(struct reply *reply) {
    posthog_free(reply->buffer);
    reply->buffer = NULL;
}
