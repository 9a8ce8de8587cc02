#include "match.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static void print_text(struct buffer *out, struct text text) {
    buffer_add(out, text.at, text.len);
}

static bool differ(const char *path, const struct json *want, const struct json *got, struct buffer *why) {
    buffer_print(why, "%s: got ", path);
    json_write(why, got);
    buffer_print(why, ", want ");
    json_write(why, want);
    return false;
}

static bool is_uuid(struct text text) {
    if (text.len != 36) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? text.at[i] != '-' : !isxdigit((unsigned char)text.at[i])) {
            return false;
        }
    }
    return true;
}

static bool match_any(struct text any, const struct json *got) {
    if (text_equal(any, text_of("uuid"))) {
        return got->kind == JSON_STRING && is_uuid(got->text);
    }
    if (text_equal(any, text_of("number"))) {
        return got->kind == JSON_NUMBER;
    }
    return text_equal(any, text_of("string")) && got->kind == JSON_STRING;
}

static const struct json *find(const struct json *object, struct text name, size_t *count) {
    const struct json *found = NULL;
    *count = 0;
    for (const struct json *m = object->child; m != NULL; m = m->next) {
        if (text_equal(m->name, name)) {
            found = m;
            ++*count;
        }
    }
    return found;
}

static bool match_members(const char *path, const struct json *want, const struct json *got, struct buffer *why) {
    size_t count;
    for (const struct json *m = got->child; m != NULL; m = m->next) {
        const struct json *wanted = find(want, m->name, &count);
        find(got, m->name, &count);
        if (wanted == NULL || count > 1) {
            buffer_print(why, "%s: %s member ", path, wanted == NULL ? "unexpected" : "repeated");
            print_text(why, m->name);
            buffer_print(why, ": ");
            json_write(why, m);
            return false;
        }
    }
    for (const struct json *m = want->child; m != NULL; m = m->next) {
        const struct json *present = find(got, m->name, &count);
        struct buffer below = {0};
        buffer_print(&below, "%s.", path);
        print_text(&below, m->name);
        bool same = false;
        if (present == NULL) {
            buffer_print(why, "%s: missing, want ", below.at);
            json_write(why, m);
        } else {
            same = match(below.at, m, present, why);
        }
        free(below.at);
        if (!same) {
            return false;
        }
    }
    return true;
}

static bool match_elements(const char *path, const struct json *want, const struct json *got, struct buffer *why) {
    const struct json *w = want->child, *g = got->child;
    size_t index = 0;
    for (; w != NULL && g != NULL; w = w->next, g = g->next, index++) {
        struct buffer below = {0};
        buffer_print(&below, "%s[%zu]", path, index);
        bool same = match(below.at, w, g, why);
        free(below.at);
        if (!same) {
            return false;
        }
    }
    return w == g || differ(path, want, got, why);
}

bool match(const char *path, const struct json *want, const struct json *got, struct buffer *why) {
    const struct json *any = want->kind == JSON_OBJECT ? json_get(want, "$any") : NULL;
    if (any != NULL) {
        return match_any(any->text, got) || differ(path, want, got, why);
    }
    if (want->kind == JSON_OBJECT && got->kind == JSON_OBJECT) {
        return match_members(path, want, got, why);
    }
    if (want->kind == JSON_ARRAY && got->kind == JSON_ARRAY) {
        return match_elements(path, want, got, why);
    }
    return (want->kind == got->kind && text_equal(want->text, got->text)) || differ(path, want, got, why);
}
