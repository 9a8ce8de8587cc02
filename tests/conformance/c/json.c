#include "json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deeper than any case and than any reply of the library. */
#define MAX_DEPTH 256

struct block {
    struct block *before;
    max_align_t bytes[];
};

static void *arena_get(struct arena *arena, size_t size) {
    struct block *block = calloc(1, sizeof *block + size);
    if (block == NULL) {
        abort();
    }
    block->before = arena->last;
    arena->last = block;
    return block->bytes;
}

void arena_free(struct arena *arena) {
    while (arena->last != NULL) {
        struct block *block = arena->last;
        arena->last = block->before;
        free(block);
    }
}

struct reader {
    struct arena *arena;
    const char *at, *end;
    int depth;
};

static struct json *read_value(struct reader *r);

static void skip_space(struct reader *r) {
    while (r->at < r->end && memchr(" \t\r\n", *r->at, 4) != NULL) {
        r->at++;
    }
}

/* Skips white space and consumes one byte if it is the wanted one. */
static bool take(struct reader *r, char wanted) {
    skip_space(r);
    if (r->at < r->end && *r->at == wanted) {
        r->at++;
        return true;
    }
    return false;
}

static bool read_hex(struct reader *r, uint32_t *unit) {
    *unit = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        if (r->at == r->end || !isxdigit((unsigned char)*r->at)) {
            return false;
        }
        int digit = tolower((unsigned char)*r->at);
        *unit = *unit * 16 + (uint32_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return true;
}

static size_t encode_utf8(char *out, uint32_t code) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, code >>= 6) {
        out[i] = (char)(0x80 | (code & 0x3f));
    }
    out[0] = (char)((0xf0 << (4 - len)) | code);
    return len;
}

/* Reads what follows the u of an escape; a surrogate must have its other half. */
static bool read_unicode(struct reader *r, char *out, size_t *len) {
    uint32_t code, low;
    if (!read_hex(r, &code)) {
        return false;
    }
    if (code >= 0xd800 && code < 0xe000) {
        bool escape = r->end - r->at > 2 && r->at[0] == '\\' && r->at[1] == 'u';
        r->at += escape ? 2 : 0;
        if (code >= 0xdc00 || !escape || !read_hex(r, &low) || low < 0xdc00 || low >= 0xe000) {
            return false;
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    *len += encode_utf8(out + *len, code);
    return true;
}

/* Reads a string whose opening quote is taken. What an escape stands for is never longer than the escape. */
static bool read_string(struct reader *r, struct text *text) {
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *quote = r->at;
    while (quote < r->end && *quote != '"') {
        quote += *quote == '\\' ? 2 : 1;
    }
    if (quote >= r->end) {
        return false;
    }
    char *out = arena_get(r->arena, (size_t)(quote - r->at) + 1);
    size_t len = 0;
    while (*r->at != '"') {
        char c = *r->at++;
        if (c != '\\') {
            out[len++] = c;
            continue;
        }
        char escape = *r->at++;
        const char *known = memchr(escapes, escape, sizeof escapes - 1);
        if (known != NULL) {
            out[len++] = meanings[known - escapes];
        } else if (escape != 'u' || !read_unicode(r, out, &len)) {
            return false;
        }
    }
    r->at++;
    *text = (struct text){out, len};
    return true;
}

static size_t skip_digits(const char *text) {
    return strspn(text, "0123456789");
}

/* Whether text is a number as JSON writes it, nothing before and nothing behind. */
static bool is_number(const char *text) {
    text += *text == '-' ? 1 : 0;
    size_t digits = skip_digits(text);
    if (digits == 0 || (digits > 1 && *text == '0')) {
        return false;
    }
    text += digits;
    if (*text == '.') {
        digits = skip_digits(text + 1);
        if (digits == 0) {
            return false;
        }
        text += 1 + digits;
    }
    if (*text == 'e' || *text == 'E') {
        text += text[1] == '+' || text[1] == '-' ? 2 : 1;
        digits = skip_digits(text);
        if (digits == 0) {
            return false;
        }
        text += digits;
    }
    return *text == '\0';
}

static bool read_token(struct reader *r, struct json *value) {
    const char *start = r->at;
    while (r->at < r->end && (isalnum((unsigned char)*r->at) || memchr("+-.", *r->at, 3) != NULL)) {
        r->at++;
    }
    /* A copy, so that a value may outlive the text it was read from. */
    size_t len = (size_t)(r->at - start);
    value->text = (struct text){memcpy(arena_get(r->arena, len + 1), start, len), len};
    if (text_equal(value->text, text_of("null"))) {
        value->kind = JSON_NULL;
    } else if (text_equal(value->text, text_of("true")) || text_equal(value->text, text_of("false"))) {
        value->kind = JSON_BOOL;
    } else {
        value->kind = JSON_NUMBER;
    }
    return value->kind != JSON_NUMBER || is_number(value->text.at);
}

/* Reads the items of an array or object whose opening bracket is taken. */
static bool read_items(struct reader *r, struct json *value, char closing) {
    struct json **link = &value->child;
    if (take(r, closing)) {
        return true;
    }
    do {
        struct text name = {0};
        if (value->kind == JSON_OBJECT && (!take(r, '"') || !read_string(r, &name) || !take(r, ':'))) {
            return false;
        }
        struct json *item = read_value(r);
        if (item == NULL) {
            return false;
        }
        item->name = name;
        *link = item;
        link = &item->next;
    } while (take(r, ','));
    return take(r, closing);
}

static struct json *read_value(struct reader *r) {
    struct json *value = arena_get(r->arena, sizeof *value);
    bool ok = false;
    skip_space(r);
    if (r->at == r->end || r->depth++ == MAX_DEPTH) {
        return NULL;
    }
    if (take(r, '{')) {
        value->kind = JSON_OBJECT;
        ok = read_items(r, value, '}');
    } else if (take(r, '[')) {
        value->kind = JSON_ARRAY;
        ok = read_items(r, value, ']');
    } else if (take(r, '"')) {
        value->kind = JSON_STRING;
        ok = read_string(r, &value->text);
    } else {
        ok = read_token(r, value);
    }
    r->depth--;
    return ok ? value : NULL;
}

struct json *json_parse(struct arena *arena, const char *text, size_t len) {
    struct reader r = {arena, text, text + len, 0};
    struct json *value = read_value(&r);
    skip_space(&r);
    return r.at == r.end ? value : NULL;
}

const struct json *json_get(const struct json *object, const char *name) {
    const struct json *found = NULL;
    for (const struct json *m = object == NULL ? NULL : object->child; m != NULL; m = m->next) {
        if (text_equal(m->name, text_of(name))) {
            found = m;
        }
    }
    return found;
}

struct text json_text(const struct json *object, const char *name, const char *fallback) {
    const struct json *member = json_get(object, name);
    return member == NULL ? text_of(fallback) : member->text;
}

int64_t json_integer(const struct json *object, const char *name, int64_t fallback) {
    const struct json *member = json_get(object, name);
    char digits[24] = "";
    if (member == NULL || member->kind != JSON_NUMBER || member->text.len >= sizeof digits) {
        return fallback;
    }
    memcpy(digits, member->text.at, member->text.len);
    return strtoll(digits, NULL, 10);
}

void json_quote(struct buffer *out, struct text text) {
    static const char controls[] = "\b\f\n\r\t", letters[] = "bfnrt";
    buffer_add(out, "\"", 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        const char *control = memchr(controls, c, sizeof controls - 1);
        if (control != NULL) {
            buffer_print(out, "\\%c", letters[control - controls]);
        } else if (c == '"' || c == '\\') {
            buffer_print(out, "\\%c", c);
        } else if ((unsigned char)c < ' ') {
            buffer_print(out, "\\u%04x", c);
        } else {
            buffer_add(out, &c, 1);
        }
    }
    buffer_add(out, "\"", 1);
}

void json_write(struct buffer *out, const struct json *value) {
    switch (value->kind) {
    case JSON_STRING:
        json_quote(out, value->text);
        return;
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_NUMBER:
        buffer_add(out, value->text.at, value->text.len);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    bool object = value->kind == JSON_OBJECT;
    buffer_add(out, object ? "{" : "[", 1);
    for (const struct json *item = value->child; item != NULL; item = item->next) {
        if (item != value->child) {
            buffer_add(out, ",", 1);
        }
        if (object) {
            json_quote(out, item->name);
            buffer_add(out, ":", 1);
        }
        json_write(out, item);
    }
    buffer_add(out, object ? "}" : "]", 1);
}
