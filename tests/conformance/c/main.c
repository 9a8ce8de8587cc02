/*
 * Runs the conformance cases against libposthog.so, from C alone.
 *
 *     conformance-c CASES OUT.json [values]
 *
 * Reads CASES/index.json and the files it lists, opens a fresh client per case in host mode, and writes what became of
 * each case to OUT.json. tests/cases/README.md tells what a step means. Exits with 0 if no case failed.
 *
 * With "values" it is the host c-values: a program that asks posthog_flag_value first whatever a case asks get_flag, and
 * get_flag only where that answers WOULD_WAIT.
 */
#define _GNU_SOURCE /* memmem */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "library.h"
#include "match.h"
#include "request.h"

/* A case under way. */
struct run {
    struct arena arena;
    uint32_t client;
    const struct json *steps;
    /* The ticket of every step that answered PENDING, by the step's index. */
    const struct json **tickets;
    struct digest digest;
    struct buffer *why;
    /* How get_flag is asked: through posthog_flag_value first, and whether that may leave it to get_flag. */
    bool by_value, has_hook;
};

static bool fail(struct run *run, const char *what, const struct json *got) {
    buffer_print(run->why, "%s", what);
    if (got != NULL) {
        buffer_print(run->why, ": ");
        json_write(run->why, got);
    }
    return false;
}

static bool check_status(struct run *run, const struct json *step, int64_t got, const struct json *reply) {
    int64_t want = json_integer(step, "status", 0);
    if (got == want) {
        return true;
    }
    buffer_print(run->why, "got status %" PRId64 ", want %" PRId64, got, want);
    return fail(run, "", reply);
}

static bool check_reply(struct run *run, const struct json *step, const struct json *reply) {
    const struct json *expect = json_get(step, "expect");
    return expect == NULL || match("reply", expect, reply, run->why);
}

/* Asks for the value alone what a get_flag step asks for. It is right to leave that to get_flag, so that answered stays
 * false, only where that has to wait and where a hook may have to see the exposure. */
static bool ask_value(struct run *run, const struct json *step, const struct json *in, int64_t now_ms, bool *answered) {
    int64_t want = json_integer(step, "status", 0);
    struct buffer text = {0};
    int32_t status = library_flag_value(run->client, in, now_ms, &text);
    const struct json *value = json_parse(&run->arena, text.at, text.len), *expect = json_get(step, "expect");
    bool has_value = text.len > 0, ok = true;
    *answered = status != -9 && (status != 2 || (want == 0 && !run->has_hook));
    if (*answered) {
        ok = check_status(run, step, status, value);
    }
    if (ok && has_value != (status == 0)) {
        ok = fail(run, "flag_value gives a value if and only if it is OK", value);
    }
    ok = ok && (status != 0 || expect == NULL || match("value", json_get(expect, "value"), value, run->why));
    free(text.at);
    return ok;
}

/* Takes an answer down: a request as such, anything else as the text it is. */
static void take_down(struct run *run, struct text op, const struct reply *reply) {
    const struct json *request = reply->json == NULL ? NULL : json_get(reply->json, "request");
    if (request != NULL && text_equal(op, text_of("poll"))) {
        digest_request(&run->digest, request, reply->buffer);
    } else if (reply->buffer != NULL) {
        digest_reply(&run->digest, reply->status, reply->buffer);
    }
}

/* Adds the raw input of a step, in which one word stands for as many letters as pad says. */
static void add_padded(struct buffer *out, struct text raw, int64_t pad) {
    static const char word[] = "PADDING";
    const char *found = pad == 0 ? NULL : memmem(raw.at, raw.len, word, sizeof word - 1);
    size_t before = found == NULL ? raw.len : (size_t)(found - raw.at);
    buffer_add(out, raw.at, before);
    for (int64_t i = 0; i < pad; i++) {
        buffer_add(out, "x", 1);
    }
    if (found != NULL) {
        buffer_add(out, found + sizeof word - 1, raw.len - before - (sizeof word - 1));
    }
}

static bool step_operation(struct run *run, const struct json *step, size_t index, int64_t now_ms) {
    struct text op = json_text(step, "op", ""), empty = text_of("{}");
    const struct json *in = json_get(step, "in"), *raw = json_get(step, "raw");
    struct buffer input = {0};
    struct reply reply;
    if (run->by_value && in != NULL && text_equal(op, text_of("get_flag"))) {
        bool answered, ok = ask_value(run, step, in, now_ms, &answered);
        if (!ok || answered) {
            return ok;
        }
    }
    if (raw != NULL) {
        add_padded(&input, raw->text, json_integer(step, "pad", 0));
        reply = library_call_raw(&run->arena, run->client, op, (struct text){input.at, input.len}, now_ms);
    } else {
        if (in != NULL) {
            json_write(&input, in);
        }
        struct text given = in == NULL ? empty : (struct text){input.at, input.len};
        reply = library_call(&run->arena, run->client, op, given, now_ms);
    }
    free(input.at);
    take_down(run, op, &reply);
    bool ok = reply.json != NULL || fail(run, "the reply is no JSON", NULL);
    ok = ok && check_status(run, step, reply.status, reply.json);
    if (ok && reply.status == 1) {
        run->tickets[index] = json_get(reply.json, "ticket");
        ok = run->tickets[index] != NULL || fail(run, "no ticket", reply.json);
    }
    ok = ok && check_reply(run, step, reply.json);
    reply_free(&reply);
    return ok;
}

/* Polls and finds exactly the wanted one of done, request and wake_ms. */
static const struct json *poll(struct run *run, const char *want, int64_t now_ms, struct reply *reply) {
    *reply = library_call(&run->arena, run->client, text_of("poll"), text_of("{}"), now_ms);
    take_down(run, text_of("poll"), reply);
    const struct json *found = reply->status == 0 ? json_get(reply->json, want) : NULL;
    if (found == NULL || reply->json->child->next != NULL) {
        buffer_print(run->why, "poll answers status %d, want %s", (int)reply->status, want);
        fail(run, "", reply->json);
        return NULL;
    }
    return found;
}

static bool step_done(struct run *run, const struct json *step, int64_t now_ms) {
    struct reply reply;
    const struct json *done = poll(run, "done", now_ms, &reply);
    const struct json *ticket = run->tickets[json_integer(step, "done", 0)];
    bool ok = done != NULL;
    if (ok && (ticket == NULL || !text_equal(json_text(done, "ticket", ""), ticket->text))) {
        ok = fail(run, "another ticket is done", done);
    }
    ok = ok && check_status(run, step, json_integer(done, "status", -99), done) &&
         check_reply(run, step, json_get(done, "reply"));
    reply_free(&reply);
    return ok;
}

/* The input of complete that tells the client of its response. */
static void write_complete(struct buffer *out, const struct json *request, const struct json *response) {
    const struct json *headers = json_get(response, "headers"), *body = json_get(response, "body");
    buffer_print(out, "{\"id\":%" PRId64, json_integer(request, "id", -1));
    if (json_get(response, "error") != NULL) {
        buffer_print(out, ",\"error\":");
        json_quote(out, json_text(response, "error", ""));
    } else {
        buffer_print(out, ",\"status\":%" PRId64 ",\"headers\":", json_integer(response, "status", 0));
        if (headers == NULL) {
            buffer_print(out, "{}");
        } else {
            json_write(out, headers);
        }
        struct buffer text = {0};
        if (body != NULL && body->kind != JSON_STRING) {
            json_write(&text, body);
        }
        buffer_print(out, ",\"body\":");
        json_quote(out, text.at != NULL ? (struct text){text.at, text.len} : json_text(response, "body", ""));
        free(text.at);
    }
    buffer_print(out, "}");
}

static bool step_http(struct run *run, const struct json *step, int64_t now_ms) {
    const struct json *http = json_get(step, "http");
    struct reply reply;
    const struct json *request = poll(run, "request", now_ms, &reply);
    bool ok = request != NULL &&
              request_match(&run->arena, json_get(http, "expect"), request, reply.buffer, run->why);
    reply_free(&reply);
    if (!ok) {
        return false;
    }
    struct buffer in = {0};
    write_complete(&in, request, json_get(http, "reply"));
    struct text input = {in.at, in.len};
    reply = library_call(&run->arena, run->client, text_of("complete"), input, now_ms);
    ok = reply.status == 0 || fail(run, "complete fails", reply.json);
    reply_free(&reply);
    free(in.at);
    return ok;
}

static bool run_step(struct run *run, const struct json *step, size_t index) {
    int64_t now_ms = json_integer(step, "at_ms", 0);
    if (json_get(step, "op") != NULL) {
        return step_operation(run, step, index, now_ms);
    }
    if (json_get(step, "http") != NULL) {
        return step_http(run, step, now_ms);
    }
    if (json_get(step, "done") != NULL) {
        return step_done(run, step, now_ms);
    }
    struct reply reply;
    const struct json *wake = poll(run, "wake_ms", now_ms, &reply), *expect = json_get(step, "wake_ms");
    bool ok = wake != NULL && (expect == NULL || match("wake_ms", expect, wake, run->why));
    reply_free(&reply);
    return ok;
}

static size_t count(const struct json *list) {
    size_t n = 0;
    for (const struct json *item = list->child; item != NULL; item = item->next) {
        n++;
    }
    return n;
}

/* Runs one case; why stays empty if it passes. What the client did is added to digests. */
static void run_case(const struct json *script, bool by_value, struct buffer *why, struct buffer *digests) {
    const struct json *options = json_get(script, "open");
    struct run run = {.why = why, .steps = json_get(script, "steps"), .by_value = by_value};
    run.has_hook = text_equal(json_text(options, "before_send", "false"), text_of("true"));
    digest_start(&run.digest);
    int64_t now_ms = json_integer(script, "t0_ms", 0);
    run.client = library_open(options, json_text(script, "entropy", ""), now_ms, why);
    run.tickets = calloc(count(run.steps) + 1, sizeof *run.tickets);
    size_t index = 0;
    for (const struct json *step = run.steps->child; step != NULL && why->len == 0; step = step->next, index++) {
        struct buffer problem = {0};
        run.why = &problem;
        now_ms = json_integer(step, "at_ms", now_ms);
        if (!run_step(&run, step, index)) {
            buffer_print(why, "step %zu: ", index);
            buffer_add(why, problem.at, problem.len);
        }
        free(problem.at);
    }
    /* The case is over; what is left of the client need not stay until the end of the process. */
    struct reply reply =
        library_call(&run.arena, run.client, text_of("shutdown"), text_of("{\"timeout_ms\":0}"), now_ms);
    reply_free(&reply);
    digest_end(&run.digest, digests);
    free(run.tickets);
    arena_free(&run.arena);
}

/* What became of the cases. */
struct report {
    const char *host;
    bool by_value;
    struct buffer json;
    size_t passed, failed, skipped;
};

/* The capability that a case needs and this host lacks, or NULL. */
static const struct json *lacking(const struct json *script) {
    const struct json *needs = json_get(script, "needs");
    for (const struct json *need = needs == NULL ? NULL : needs->child; need != NULL; need = need->next) {
        /* This host has virtual time, which all cases but those of one group need, and may call poll. */
        if (!text_equal(need->text, text_of("poll"))) {
            return need;
        }
    }
    return NULL;
}

static void report_case(struct report *report, const struct json *script) {
    struct buffer why = {0}, digests = {0};
    const char *status = "skipped";
    const struct json *lacks = lacking(script);
    if (lacks != NULL) {
        report->skipped++;
        buffer_add(&why, lacks->text.at, lacks->text.len);
    } else {
        run_case(script, report->by_value, &why, &digests);
        status = why.len == 0 ? "passed" : "failed";
        *(why.len == 0 ? &report->passed : &report->failed) += 1;
    }
    struct text id = json_text(script, "id", "");
    if (status[0] == 'f') {
        printf("%s: %.*s: %s\n", report->host, (int)id.len, id.at, why.at);
    }
    buffer_print(&report->json, "%s\n{\"id\":", report->passed + report->failed + report->skipped > 1 ? "," : "");
    json_quote(&report->json, id);
    buffer_print(&report->json, ",\"group\":");
    json_quote(&report->json, json_text(script, "group", ""));
    buffer_print(&report->json, ",\"status\":\"%s\",\"message\":", status);
    json_quote(&report->json, (struct text){why.at, why.len});
    buffer_add(&report->json, digests.at, digests.len);
    buffer_print(&report->json, "}");
    free(why.at);
    free(digests.at);
}

/* Reads a JSON file of the folder, or ends the program. */
static const struct json *read_json(struct arena *arena, struct buffer *bytes, const char *folder, struct text name) {
    char path[4096], chunk[4096];
    snprintf(path, sizeof path, "%s/%.*s", folder, (int)name.len, name.at);
    FILE *file = fopen(path, "rb");
    for (size_t n; file != NULL && (n = fread(chunk, 1, sizeof chunk, file)) > 0;) {
        buffer_add(bytes, chunk, n);
    }
    const struct json *json = bytes->at == NULL ? NULL : json_parse(arena, bytes->at, bytes->len);
    if (json == NULL) {
        fprintf(stderr, "%s: cannot be read as JSON\n", path);
        exit(2);
    }
    fclose(file);
    return json;
}

int main(int argc, char **argv) {
    bool by_value = argc == 4 && text_equal(text_of(argv[3]), text_of("values"));
    if (argc != 3 && !by_value) {
        fprintf(stderr, "usage: conformance-c CASES OUT.json [values]\n");
        return 2;
    }
    struct arena arena = {0};
    struct buffer index = {0};
    struct report report = {.host = by_value ? "c-values" : "c", .by_value = by_value};
    buffer_print(&report.json, "{\"host\":\"%s\",\"other_replies\":%s,\"results\":[", report.host, by_value ? "true" : "false");
    const struct json *files = json_get(read_json(&arena, &index, argv[1], text_of("index.json")), "files");
    for (const struct json *name = files->child; name != NULL; name = name->next) {
        struct buffer bytes = {0};
        const struct json *cases = json_get(read_json(&arena, &bytes, argv[1], name->text), "cases");
        for (const struct json *script = cases->child; script != NULL; script = script->next) {
            report_case(&report, script);
        }
        free(bytes.at);
    }
    buffer_print(&report.json, "]}\n");
    FILE *out = fopen(argv[2], "wb");
    if (out == NULL || fwrite(report.json.at, 1, report.json.len, out) != report.json.len || fclose(out) != 0) {
        fprintf(stderr, "%s: cannot be written\n", argv[2]);
        return 2;
    }
    printf("%s: ran %zu cases, %zu failed, %zu skipped\n", report.host, report.passed + report.failed, report.failed, report.skipped);
    free(report.json.at);
    free(index.at);
    arena_free(&arena);
    return report.failed > 0;
}
