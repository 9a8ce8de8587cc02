#include "request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "match.h"

static bool differ(struct buffer *why, const char *what, struct text got, struct text want) {
    buffer_print(why, "%s: got ", what);
    buffer_add(why, got.at, got.len);
    buffer_print(why, ", want ");
    buffer_add(why, want.at, want.len);
    return false;
}

/* The parts of a URL behind the host: the path up to the question mark, the query behind it. */
static void split_url(struct text url, struct text *path, struct text *query) {
    const char *end = url.at + url.len;
    const char *host = strstr(url.at, "://");
    const char *start = host == NULL ? url.at : host + 3;
    start += strcspn(start, "/?");
    const char *mark = start + strcspn(start, "?");
    *path = (struct text){start, (size_t)(mark - start)};
    *query = mark == end ? (struct text){end, 0} : (struct text){mark + 1, (size_t)(end - mark - 1)};
}

static struct buffer decode_percent(struct text text) {
    struct buffer out = {0};
    buffer_add(&out, "", 0);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '%' && i + 2 < text.len) {
            char digits[3] = {text.at[i + 1], text.at[i + 2], '\0'};
            c = (char)strtol(digits, NULL, 16);
            i += 2;
        }
        buffer_add(&out, &c, 1);
    }
    return out;
}

/* Compares one parameter, name or name=value, with the expected ones. */
static bool match_parameter(const struct json *expect, struct text parameter, struct buffer *why) {
    const char *equals = memchr(parameter.at, '=', parameter.len);
    size_t name_len = equals == NULL ? parameter.len : (size_t)(equals - parameter.at);
    struct text raw = {parameter.at + parameter.len, 0};
    if (equals != NULL) {
        raw = (struct text){equals + 1, parameter.len - name_len - 1};
    }
    struct buffer name = decode_percent((struct text){parameter.at, name_len}), value = decode_percent(raw);
    const struct json *wanted = json_get(expect, name.at);
    struct text got = {value.at, value.len};
    bool same = wanted != NULL && text_equal(wanted->text, got);
    if (!same) {
        buffer_print(why, "query %s: ", name.at);
        differ(why, "value", got, wanted == NULL ? text_of("no such parameter") : wanted->text);
    }
    free(name.at);
    free(value.at);
    return same;
}

/* Each parameter must be expected, and there must be as many as expected: so none is missing and none comes twice. */
static bool match_query(const struct json *expect, struct text query, struct buffer *why) {
    size_t got = 0, want = 0;
    for (size_t start = 0; start < query.len; got++) {
        size_t len = 0;
        while (start + len < query.len && query.at[start + len] != '&') {
            len++;
        }
        if (!match_parameter(expect, (struct text){query.at + start, len}, why)) {
            return false;
        }
        start += len + 1;
    }
    for (const struct json *m = expect->child; m != NULL; m = m->next) {
        want++;
    }
    if (got != want) {
        buffer_print(why, "query: got %zu parameters, want %zu: ", got, want);
        buffer_add(why, query.at, query.len);
    }
    return got == want;
}

static bool match_headers(const struct json *expect, const struct json *request, struct buffer *why) {
    const struct json *headers = json_get(request, "headers");
    for (const struct json *m = expect == NULL ? NULL : expect->child; m != NULL; m = m->next) {
        struct buffer name = {0};
        buffer_add(&name, m->name.at, m->name.len);
        struct text got = json_text(headers, name.at, "(none)");
        bool same = text_equal(got, m->text) || differ(why, name.at, got, m->text);
        free(name.at);
        if (!same) {
            return false;
        }
    }
    return true;
}

static bool match_body(struct arena *arena, const struct json *expect, const struct json *request, const char *reply,
                       struct buffer *why) {
    const struct json *body = json_get(request, "body");
    int64_t at = json_integer(body, "at", -1), len = json_integer(body, "len", -1);
    const struct json *got = at < 0 || len < 0 ? NULL : json_parse(arena, reply + at, (size_t)len);
    if (got == NULL) {
        buffer_print(why, "body is no JSON");
        return false;
    }
    return match("body", expect, got, why);
}

/* Compares a text that the case may name. */
static bool match_text(const char *name, const struct json *expect, struct text got, struct buffer *why) {
    const struct json *wanted = json_get(expect, name);
    return wanted == NULL || text_equal(got, wanted->text) || differ(why, name, got, wanted->text);
}

bool request_match(struct arena *arena, const struct json *expect, const struct json *request, const char *reply,
                   struct buffer *why) {
    const struct json *query = json_get(expect, "query"), *body = json_get(expect, "body");
    struct text method = json_text(request, "method", ""), url = json_text(request, "url", ""), path, parameters;
    split_url(url, &path, &parameters);
    struct text origin = {url.at, (size_t)(path.at - url.at)};

    return match_text("method", expect, method, why) && match_text("origin", expect, origin, why) &&
           match_text("path", expect, path, why) &&
           (query == NULL || match_query(query, parameters, why)) &&
           match_headers(json_get(expect, "headers"), request, why) &&
           (body == NULL || match_body(arena, body, request, reply, why));
}
