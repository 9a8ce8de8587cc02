/* Recognizes inputs of capture that the core would take as they are. It knows a part of the grammar and none of the
 * rules: what it is not sure of is the core's. So everything it says yes to must be JSON by core/codec's Check, and an
 * object of these members alone: a text "event" that is not empty, a text "distinct_id", objects "properties" and
 * "groups", false or true as "disable_geoip". No text is read, only walked over. */

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

/* Whether a member's name, quotes included, is this one. */
static int is(const char *name, const char *end, const char *expected)
{
    size_t length = strlen(expected);

    return (size_t)(end - name) == length + 2 && memcmp(name + 1, expected, length) == 0;
}

int phgo_plain_capture(const char *json, size_t len)
{
    const char *p = json, *end = json + len, *name, *name_end, *content;
    int has_event = 0, expected;

    if (len < 2 || *p != '{' || end[-1] != '}')
        return 0;
    do {
        name = space(p + 1);
        if (*name != '"' || (name_end = text(name, end)) == NULL || *(p = space(name_end)) != ':')
            return 0;
        content = space(p + 1);
        if (is(name, name_end, "event") || is(name, name_end, "distinct_id"))
            expected = *content == '"';
        else if (is(name, name_end, "properties") || is(name, name_end, "groups"))
            expected = *content == '{';
        else
            expected = is(name, name_end, "disable_geoip") && (*content == 't' || *content == 'f');
        if (!expected || (p = value(content, end, DEPTH)) == NULL)
            return 0;
        if (is(name, name_end, "event")) {
            if (p - content == 2)
                return 0;
            has_event = 1;
        }
        p = space(p);
    } while (*p == ',');
    return has_event && *p == '}' && p + 1 == end;
}
