/* Values to JSON, as _values.py does it. Only the exact types of plain JSON are written here; their subclasses,
 * names that are no text, long integers, halves of surrogate pairs, deep nesting and whatever else is unusual end the
 * attempt, and Python encodes the whole value. */

#include <string.h>

#include "accelerator.h"

const struct member flag_members[] = {
    {",\"person_properties\":", 17, 0},
    {",\"only_evaluate_locally\":", 21, 0},
    {",\"send_feature_flag_events\":", 24, 0},
    {",\"groups\":", 6, 0},
    {",\"group_properties\":", 16, 0},
    {",\"device_id\":", 9, 0},
    {",\"disable_geoip\":", 13, 0},
    {NULL, 0, 0},
};

const struct member event_members[] = {
    {",\"distinct_id\":", 11, 1}, {",\"properties\":", 10, 0}, {",\"groups\":", 6, 0}, {",\"timestamp\":", 9, 1},
    {",\"uuid\":", 4, 1},         {",\"disable_geoip\":", 13, 0}, {NULL, 0, 0},
};

const struct member *find_member(const struct member *members, PyObject *name)
{
    Py_ssize_t length;
    const char *bytes = PyUnicode_AsUTF8AndSize(name, &length);
    if (bytes == NULL)
        PyErr_Clear();
    for (; bytes != NULL && members->json != NULL; members++)
        if (members->length == (size_t)length && memcmp(members->json + 2, bytes, (size_t)length) == 0)
            return members;
    return NULL;
}

void text_init(struct text *text)
{
    text->bytes = text->first;
    text->used = 0;
    text->room = sizeof text->first;
}

void text_free(struct text *text)
{
    if (text->bytes != text->first)
        PyMem_Free(text->bytes);
}

/* Makes room for more bytes and returns where they go, or NULL with the exception set. */
static char *reserve(struct text *text, size_t more)
{
    if (text->room - text->used < more) {
        size_t room = 2 * text->room + more;
        char *bytes = PyMem_Malloc(room);
        if (bytes == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        memcpy(bytes, text->bytes, text->used);
        text_free(text);
        text->bytes = bytes;
        text->room = room;
    }
    return text->bytes + text->used;
}

enum outcome text_append(struct text *text, const char *bytes, size_t length)
{
    char *to = reserve(text, length);
    if (to == NULL)
        return RAISED;
    memcpy(to, bytes, length);
    text->used += length;
    return DONE;
}

/* Writes a quote, a backslash or a control character as Python's json does. */
static size_t escape(char *to, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    static const char named[] = "\"\\\n\r\t\f\b", names[] = "\"\\nrtfb";
    const char *found = memchr(named, byte, sizeof named - 1);
    to[0] = '\\';
    if (found != NULL) {
        to[1] = names[found - named];
        return 2;
    }
    memcpy(to + 1, "u00", 3);
    to[4] = digits[byte >> 4];
    to[5] = digits[byte & 15];
    return 6;
}

static enum outcome encode_string(struct text *text, PyObject *string)
{
    Py_ssize_t length;
    const char *bytes = PyUnicode_AsUTF8AndSize(string, &length);
    char *to;
    if (bytes == NULL) {
        PyErr_Clear();
        return UNUSUAL;
    }
    to = reserve(text, 6 * (size_t)length + 2);
    if (to == NULL)
        return RAISED;
    *to++ = '"';
    for (Py_ssize_t at = 0; at < length; at++) {
        unsigned char byte = (unsigned char)bytes[at];
        if (byte < 0x20 || byte == '"' || byte == '\\')
            to += escape(to, byte);
        else
            *to++ = (char)byte;
    }
    *to++ = '"';
    text->used = (size_t)(to - text->bytes);
    return DONE;
}

static enum outcome encode_integer(struct text *text, PyObject *integer)
{
    char digits[24], *first = digits + sizeof digits;
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(integer, &overflow);
    unsigned long long rest = value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value;
    if (overflow != 0)
        return UNUSUAL;
    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0)
        *--first = '-';
    return text_append(text, first, (size_t)(digits + sizeof digits - first));
}

static enum outcome encode_float(struct text *text, PyObject *number)
{
    double value = PyFloat_AsDouble(number);
    char *digits;
    enum outcome outcome;
    if (value - value != 0) /* infinite, or not a number */
        return UNUSUAL;
    digits = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (digits == NULL)
        return RAISED;
    outcome = text_append(text, digits, strlen(digits));
    PyMem_Free(digits);
    return outcome;
}

static enum outcome encode_object(struct text *text, PyObject *dict, PyObject *standard, int levels)
{
    Py_ssize_t at = 0;
    PyObject *name, *value;
    enum outcome outcome = text_append(text, "{", 1);
    int first = 1;
    while (outcome == DONE && PyDict_Next(dict, &at, &name, &value)) {
        if (!PyUnicode_CheckExact(name))
            return UNUSUAL;
        /* standard may run code that changes the dict under us. */
        Py_INCREF(name);
        Py_INCREF(value);
        outcome = first ? DONE : text_append(text, ",", 1);
        first = 0;
        if (outcome == DONE)
            outcome = encode_string(text, name);
        if (outcome == DONE)
            outcome = text_append(text, ":", 1);
        if (outcome == DONE)
            outcome = encode(text, value, standard, levels);
        Py_DECREF(name);
        Py_DECREF(value);
    }
    return outcome == DONE ? text_append(text, "}", 1) : outcome;
}

static enum outcome encode_array(struct text *text, PyObject *sequence, PyObject *standard, int levels)
{
    int list = PyList_CheckExact(sequence);
    enum outcome outcome = text_append(text, "[", 1);
    for (Py_ssize_t at = 0; outcome == DONE; at++) {
        PyObject *item;
        if (at >= (list ? PyList_Size(sequence) : PyTuple_Size(sequence)))
            break;
        item = list ? PyList_GetItem(sequence, at) : PyTuple_GetItem(sequence, at);
        Py_INCREF(item);
        if (at > 0)
            outcome = text_append(text, ",", 1);
        if (outcome == DONE)
            outcome = encode(text, item, standard, levels);
        Py_DECREF(item);
    }
    return outcome == DONE ? text_append(text, "]", 1) : outcome;
}

/* A value of no type of JSON: what standard puts in its place. */
static enum outcome encode_other(struct text *text, PyObject *value, PyObject *standard, int levels)
{
    const unsigned long derived = Py_TPFLAGS_LONG_SUBCLASS | Py_TPFLAGS_LIST_SUBCLASS | Py_TPFLAGS_TUPLE_SUBCLASS |
                                  Py_TPFLAGS_UNICODE_SUBCLASS | Py_TPFLAGS_DICT_SUBCLASS;
    PyObject *replaced;
    enum outcome outcome;
    if ((PyType_GetFlags(Py_TYPE(value)) & derived) != 0 || PyFloat_Check(value) || levels == 0)
        return UNUSUAL;
    replaced = PyObject_CallFunctionObjArgs(standard, value, NULL);
    if (replaced == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_Exception))
            return RAISED;
        PyErr_Clear();
        return UNUSUAL;
    }
    outcome = encode(text, replaced, standard, levels - 1);
    Py_DECREF(replaced);
    return outcome;
}

enum outcome encode(struct text *text, PyObject *value, PyObject *standard, int levels)
{
    enum outcome outcome;
    if (PyUnicode_CheckExact(value))
        return encode_string(text, value);
    if (value == Py_None)
        return text_append(text, "null", 4);
    if (value == Py_True)
        return text_append(text, "true", 4);
    if (value == Py_False)
        return text_append(text, "false", 5);
    if (PyLong_CheckExact(value))
        return encode_integer(text, value);
    if (PyFloat_CheckExact(value))
        return encode_float(text, value);
    if (!PyDict_CheckExact(value) && !PyList_CheckExact(value) && !PyTuple_CheckExact(value))
        return encode_other(text, value, standard, levels);
    if (levels == 0)
        return UNUSUAL;
    /* Held, as standard may run code that drops it from what contains it. */
    Py_INCREF(value);
    outcome = PyDict_CheckExact(value) ? encode_object(text, value, standard, levels - 1)
                                       : encode_array(text, value, standard, levels - 1);
    Py_DECREF(value);
    return outcome;
}
