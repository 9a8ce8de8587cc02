#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

void buffer_add(struct buffer *out, const char *bytes, size_t len) {
    if (out->len + len + 1 > out->size) {
        out->size = 2 * (out->len + len + 1);
        out->at = realloc(out->at, out->size);
        if (out->at == NULL) {
            abort();
        }
    }
    memcpy(out->at + out->len, bytes, len);
    out->len += len;
    out->at[out->len] = '\0';
}

void buffer_print(struct buffer *out, const char *format, ...) {
    char line[1024];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    size_t most = sizeof line - 1;
    buffer_add(out, line, (size_t)len < most ? (size_t)len : most);
}

struct text text_of(const char *string) {
    return (struct text){string, strlen(string)};
}

bool text_equal(struct text a, struct text b) {
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}
