/* Replies to values, as json.loads does it. The library writes valid, compact JSON; escapes, fractions and large
 * numbers are rare in it and end the attempt. */

#include <stdint.h>
#include <string.h>

#include "accelerator.h"

/* Longer names are made anew, so that what is kept stays small. */
#define LONGEST_KEPT 100

struct reader {
    const char *at, *end;
    int levels;
    struct names *names;
};

void names_clear(struct names *names)
{
    for (size_t at = 0; at < sizeof names->places / sizeof *names->places; at++)
        Py_CLEAR(names->places[at]);
}

static enum outcome read_value(struct reader *reader, PyObject **value);

static enum outcome made(PyObject *object, PyObject **value)
{
    *value = object;
    return object == NULL ? RAISED : DONE;
}

static int next_is(struct reader *reader, char byte)
{
    if (reader->at == reader->end || *reader->at != byte)
        return 0;
    reader->at++;
    return 1;
}

/* Where the string ends whose quote was read; NULL where it holds escapes. */
static const char *end_of_string(struct reader *reader)
{
    while (reader->at < reader->end && *reader->at != '"' && *reader->at != '\\')
        reader->at++;
    return next_is(reader, '"') ? reader->at - 1 : NULL;
}

static enum outcome read_string(struct reader *reader, PyObject **value)
{
    const char *first = reader->at, *end = end_of_string(reader);
    return end == NULL ? UNUSUAL : made(PyUnicode_FromStringAndSize(first, end - first), value);
}

static enum outcome read_name(struct reader *reader, PyObject **name)
{
    const char *first = reader->at, *end = end_of_string(reader), *known;
    uint32_t hash = 2166136261; /* FNV-1a */
    Py_ssize_t length;
    PyObject **place;
    if (end == NULL)
        return UNUSUAL;
    if (end - first > LONGEST_KEPT)
        return made(PyUnicode_FromStringAndSize(first, end - first), name);
    for (const char *at = first; at < end; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619;
    place = &reader->names->places[hash % (sizeof reader->names->places / sizeof *place)];
    known = *place == NULL ? NULL : PyUnicode_AsUTF8AndSize(*place, &length);
    if (known == NULL || length != end - first || memcmp(known, first, (size_t)length) != 0) {
        PyObject *fresh = PyUnicode_FromStringAndSize(first, end - first);
        if (fresh == NULL)
            return RAISED;
        Py_XDECREF(*place);
        *place = fresh;
    }
    Py_INCREF(*place);
    *name = *place;
    return DONE;
}

/* Reads an integer of at most 18 digits, which a long long holds. */
static enum outcome read_integer(struct reader *reader, PyObject **value)
{
    int negative = next_is(reader, '-');
    const char *first = reader->at;
    long long number = 0;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
        if (reader->at - first == 18)
            return UNUSUAL;
        number = 10 * number + (*reader->at++ - '0');
    }
    if (reader->at == first || (*first == '0' && reader->at - first > 1))
        return UNUSUAL;
    if (reader->at < reader->end && (*reader->at == '.' || *reader->at == 'e' || *reader->at == 'E'))
        return UNUSUAL;
    return made(PyLong_FromLongLong(negative ? -number : number), value);
}

static enum outcome read_word(struct reader *reader, const char *word, PyObject *meaning, PyObject **value)
{
    for (; *word != '\0'; word++)
        if (!next_is(reader, *word))
            return UNUSUAL;
    Py_INCREF(meaning);
    return made(meaning, value);
}

static enum outcome read_object(struct reader *reader, PyObject *dict)
{
    if (next_is(reader, '}'))
        return DONE;
    do {
        PyObject *name = NULL, *value = NULL;
        enum outcome outcome = next_is(reader, '"') ? read_name(reader, &name) : UNUSUAL;
        if (outcome == DONE)
            outcome = next_is(reader, ':') ? read_value(reader, &value) : UNUSUAL;
        if (outcome == DONE && PyDict_SetItem(dict, name, value) != 0)
            outcome = RAISED;
        Py_XDECREF(name);
        Py_XDECREF(value);
        if (outcome != DONE)
            return outcome;
    } while (next_is(reader, ','));
    return next_is(reader, '}') ? DONE : UNUSUAL;
}

static enum outcome read_array(struct reader *reader, PyObject *list)
{
    if (next_is(reader, ']'))
        return DONE;
    do {
        PyObject *value = NULL;
        enum outcome outcome = read_value(reader, &value);
        if (outcome == DONE && PyList_Append(list, value) != 0)
            outcome = RAISED;
        Py_XDECREF(value);
        if (outcome != DONE)
            return outcome;
    } while (next_is(reader, ','));
    return next_is(reader, ']') ? DONE : UNUSUAL;
}

static enum outcome read_container(struct reader *reader, PyObject *container, int is_object, PyObject **value)
{
    enum outcome outcome;
    if (container == NULL)
        return RAISED;
    if (reader->levels-- == 0)
        outcome = UNUSUAL;
    else
        outcome = is_object ? read_object(reader, container) : read_array(reader, container);
    reader->levels++;
    if (outcome == DONE)
        *value = container;
    else
        Py_DECREF(container);
    return outcome;
}

static enum outcome read_value(struct reader *reader, PyObject **value)
{
    if (reader->at == reader->end)
        return UNUSUAL;
    switch (*reader->at) {
        case '"':
            reader->at++;
            return read_string(reader, value);
        case '{':
            reader->at++;
            return read_container(reader, PyDict_New(), 1, value);
        case '[':
            reader->at++;
            return read_container(reader, PyList_New(0), 0, value);
        case 't':
            return read_word(reader, "true", Py_True, value);
        case 'f':
            return read_word(reader, "false", Py_False, value);
        case 'n':
            return read_word(reader, "null", Py_None, value);
        default:
            return read_integer(reader, value);
    }
}

enum outcome decode(const char *bytes, size_t length, struct names *names, PyObject **value)
{
    struct reader reader = {bytes, bytes + length, 2 * MAX_DEPTH, names};
    enum outcome outcome = read_value(&reader, value);
    if (outcome == DONE && reader.at != reader.end) {
        Py_CLEAR(*value);
        return UNUSUAL;
    }
    return outcome;
}
