/* SHA-256 of what a client did in a case; tests/cases/README.md tells which bytes go in. */
#ifndef CONFORMANCE_DIGEST_H
#define CONFORMANCE_DIGEST_H

#include <openssl/evp.h>

#include "json.h"

struct digest {
    EVP_MD_CTX *requests, *replies;
};

void digest_start(struct digest *digest);

/* Takes a request down that poll handed out; buffer is the reply it stands in, behind which lies its body. */
void digest_request(struct digest *digest, const struct json *request, const char *buffer);

/* Takes any other answer down, as the text it is. */
void digest_reply(struct digest *digest, int32_t status, const char *text);

/* Adds the sums to a report as two members, each behind a comma, and frees the digest. */
void digest_end(struct digest *digest, struct buffer *out);

#endif
