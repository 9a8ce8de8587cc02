#include "digest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static EVP_MD_CTX *start(void) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL || !EVP_DigestInit_ex(context, EVP_sha256(), NULL)) {
        abort();
    }
    return context;
}

void digest_start(struct digest *digest) {
    *digest = (struct digest){start(), start()};
}

static void add_line(struct buffer *out, struct text text) {
    buffer_add(out, text.at, text.len);
    buffer_add(out, "\n", 1);
}

void digest_request(struct digest *digest, const struct json *request, const char *buffer) {
    struct buffer head = {0};
    add_line(&head, json_text(request, "method", ""));
    add_line(&head, json_text(request, "url", ""));
    for (const struct json *m = json_get(request, "headers")->child; m != NULL; m = m->next) {
        buffer_add(&head, m->name.at, m->name.len);
        buffer_add(&head, ": ", 2);
        add_line(&head, m->text);
    }
    const struct json *body = json_get(request, "body");
    int64_t len = body == NULL ? 0 : json_integer(body, "len", 0);
    buffer_print(&head, "\n%" PRId64 "\n", len);
    EVP_DigestUpdate(digest->requests, head.at, head.len);
    if (len > 0) {
        EVP_DigestUpdate(digest->requests, buffer + json_integer(body, "at", 0), (size_t)len);
    }
    free(head.at);
}

void digest_reply(struct digest *digest, int32_t status, const char *text) {
    struct buffer line = {0};
    buffer_print(&line, "%" PRId32 "\n", status);
    add_line(&line, (struct text){text, strlen(text)});
    EVP_DigestUpdate(digest->replies, line.at, line.len);
    free(line.at);
}

static void end(EVP_MD_CTX *context, const char *name, struct buffer *out) {
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    EVP_DigestFinal_ex(context, sum, &len);
    EVP_MD_CTX_free(context);
    buffer_print(out, ",\"%s\":\"", name);
    for (unsigned int i = 0; i < len; i++) {
        buffer_print(out, "%02x", sum[i]);
    }
    buffer_print(out, "\"");
}

void digest_end(struct digest *digest, struct buffer *out) {
    end(digest->requests, "requests", out);
    end(digest->replies, "replies", out);
}
