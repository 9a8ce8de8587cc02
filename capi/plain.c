/* Recognizes inputs of capture that the core would take as they are, and takes them apart. It knows a part of the grammar
 * and none of the rules: what it is not sure of is the core's. So everything it says yes to must be JSON by core/codec's
 * Check, and an object of these members alone: a text "event" that is not empty, a text "distinct_id", objects
 * "properties" and "groups", false or true as "disable_geoip". No text is read, only walked over. */

#include "plain.h"

#include <string.h>

/* Deeper values are left to the core, which takes 128 levels. */
enum { DEPTH = 16 };

/* The functions below walk over what begins at p and return what follows, or NULL where that is for the core. The
 * input ends in a '}', which begins nothing, so that p itself may always be read. */

static const char *space(const char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
        p++;
    return p;
}

static int hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* p is on a backslash. Surrogates, paired or not, are the core's. */
static const char *escape(const char *p)
{
    if (p[1] != 'u')
        return p[1] != '\0' && strchr("\"\\/bfnrt", p[1]) != NULL ? p + 2 : NULL;
    if (!hex(p[2]) || !hex(p[3]) || !hex(p[4]) || !hex(p[5]))
        return NULL;
    return (p[2] == 'd' || p[2] == 'D') && strchr("89abcdefABCDEF", p[3]) != NULL ? NULL : p + 6;
}

static int continues(const unsigned char *p, unsigned char low, unsigned char high)
{
    return *p >= low && *p <= high;
}

/* p is on the first byte of a character beyond ASCII: RFC 3629, section 4. */
static const char *character(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;

    if (u[0] >= 0xC2 && u[0] <= 0xDF)
        return continues(u + 1, 0x80, 0xBF) ? p + 2 : NULL;
    if (u[0] >= 0xE0 && u[0] <= 0xEF)
        return continues(u + 1, u[0] == 0xE0 ? 0xA0 : 0x80, u[0] == 0xED ? 0x9F : 0xBF) && continues(u + 2, 0x80, 0xBF)
                   ? p + 3
                   : NULL;
    if (u[0] >= 0xF0 && u[0] <= 0xF4)
        return continues(u + 1, u[0] == 0xF0 ? 0x90 : 0x80, u[0] == 0xF4 ? 0x8F : 0xBF) &&
                       continues(u + 2, 0x80, 0xBF) && continues(u + 3, 0x80, 0xBF)
                   ? p + 4
                   : NULL;
    return NULL;
}

/* p is on the opening quote. Bytes beyond ASCII are negative. */
static const char *text(const char *p, const char *end)
{
    p++;
    for (;;) {
        while (p < end && (signed char)*p >= ' ' && *p != '"' && *p != '\\')
            p++;
        if (p >= end)
            return NULL;
        if (*p == '"')
            return p + 1;
        if (*p == '\\')
            p = escape(p);
        else
            p = (unsigned char)*p < ' ' ? NULL : character(p);
        if (p == NULL)
            return NULL;
    }
}

static const char *digits(const char *p)
{
    const char *first = p;

    while (*p >= '0' && *p <= '9')
        p++;
    return p == first ? NULL : p;
}

/* Exponents and numbers of more digits than a double can be sure to hold are the core's. */
static const char *number(const char *p)
{
    const char *first = p;

    if (*p == '-')
        p++;
    p = *p == '0' ? p + 1 : digits(p);
    if (p != NULL && *p == '.')
        p = digits(p + 1);
    return p == NULL || *p == 'e' || *p == 'E' || p - first > 300 ? NULL : p;
}

static const char *word(const char *p, const char *end, const char *expected)
{
    size_t length = strlen(expected);

    return (size_t)(end - p) > length && memcmp(p, expected, length) == 0 ? p + length : NULL;
}

static const char *value(const char *p, const char *end, int depth);

/* p is on the closing bracket. The last one of the input closes no value inside. */
static const char *closed(const char *p, const char *end)
{
    return p + 1 == end ? NULL : p + 1;
}

/* p is on the opening bracket. */
static const char *items(const char *p, const char *end, int depth)
{
    const char closing = *p == '{' ? '}' : ']';

    if (depth == 0)
        return NULL;
    p = space(p + 1);
    if (*p == closing)
        return closed(p, end);
    for (;;) {
        if (closing == '}') {
            p = *p == '"' ? text(p, end) : NULL;
            if (p == NULL || *(p = space(p)) != ':')
                return NULL;
            p = space(p + 1);
        }
        p = value(p, end, depth);
        if (p == NULL)
            return NULL;
        p = space(p);
        if (*p == closing)
            return closed(p, end);
        if (*p != ',')
            return NULL;
        p = space(p + 1);
    }
}

static const char *value(const char *p, const char *end, int depth)
{
    switch (*p) {
    case '"':
        return text(p, end);
    case '{':
    case '[':
        return items(p, end, depth - 1);
    case 't':
        return word(p, end, "true");
    case 'f':
        return word(p, end, "false");
    case 'n':
        return word(p, end, "null");
    default:
        return number(p);
    }
}

/* The members, and the characters that their values may begin with. */
static const struct member {
    const char *name;
    size_t length, place;
    char first, other;
} known[] = {
    {"distinct_id", 11, offsetof(phgo_plain, distinct_id), '"', '"'},
    {"event", 5, offsetof(phgo_plain, event), '"', '"'},
    {"properties", 10, offsetof(phgo_plain, properties), '{', '{'},
    {"groups", 6, offsetof(phgo_plain, groups), '{', '{'},
    {"disable_geoip", 13, offsetof(phgo_plain, disable_geoip), 't', 'f'},
};

/* Finds a member by its name, which has quotes around it. */
static const struct member *member(const char *name, const char *end)
{
    const size_t length = (size_t)(end - name) - 2;
    size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].length == length && memcmp(name + 1, known[i].name, length) == 0)
            return &known[i];
    return NULL;
}

int phgo_plain_capture(const char *json, size_t len, phgo_plain *members)
{
    const char *p = json, *end = json + len, *name;
    const struct member *found;
    phgo_span *span;

    if (len < 2 || *p != '{' || end[-1] != '}')
        return 0;
    memset(members, 0, sizeof *members);
    do {
        name = space(p + 1);
        if (*name != '"' || (p = text(name, end)) == NULL || (found = member(name, p)) == NULL || *(p = space(p)) != ':')
            return 0;
        p = space(p + 1);
        if (*p != found->first && *p != found->other)
            return 0;
        span = (phgo_span *)((char *)members + found->place);
        span->begin = (uint32_t)(p - json);
        if ((p = value(p, end, DEPTH)) == NULL)
            return 0;
        span->end = (uint32_t)(p - json);
        p = space(p);
    } while (*p == ',');
    /* An empty text is two quotes, and an absent one nothing. */
    return members->event.end - members->event.begin > 2 && *p == '}' && p + 1 == end;
}
