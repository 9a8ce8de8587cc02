/*
 * JSON that keeps what was written: numbers stay their token, objects their order. Enough of a reader and a writer for
 * the conformance cases and for the replies of the library.
 */
#ifndef CONFORMANCE_JSON_H
#define CONFORMANCE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes with a length; they may hold NUL. */
struct text {
    const char *at;
    size_t len;
};

/* Text that grows. Zero is empty; free at with free(). at is always NUL-terminated once something was added. */
struct buffer {
    char *at;
    size_t len, size;
};

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_kind kind;
    /* The name of a member of an object. */
    struct text name;
    /* A string decoded, a number's token, or true or false. */
    struct text text;
    /* The first element or member, and the next one beside this. */
    struct json *child, *next;
};

/* Memory of many values that are freed together. Zero is empty. */
struct arena {
    void *last;
};

void arena_free(struct arena *arena);

/* Reads exactly one JSON text; NULL if it is none. */
struct json *json_parse(struct arena *arena, const char *text, size_t len);

/* The member of an object, the last one where the name is repeated, or NULL. */
const struct json *json_get(const struct json *object, const char *name);

/* A member's text, or fallback where there is no such member. */
struct text json_text(const struct json *object, const char *name, const char *fallback);

/* A member's integer, or fallback where there is no such member. */
int64_t json_integer(const struct json *object, const char *name, int64_t fallback);

/* Adds a value to the buffer, compact, as unescaped UTF-8. */
void json_write(struct buffer *out, const struct json *value);

/* Adds a string to the buffer with its quotes. */
void json_quote(struct buffer *out, struct text text);

bool text_equal(struct text a, struct text b);
struct text text_of(const char *string);

void buffer_add(struct buffer *out, const char *bytes, size_t len);
void buffer_print(struct buffer *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
