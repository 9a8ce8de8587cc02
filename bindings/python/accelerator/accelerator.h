/* The optional accelerator of the Python binding: encodes values, calls the library and decodes replies without ctypes
 * and without copies in between. It holds no rules: whatever is not plain JSON goes back to Python, so the results are
 * the same with and without it. */

#ifndef ACCELERATOR_H
#define ACCELERATOR_H

/* PyUnicode_AsUTF8AndSize and METH_FASTCALL are stable since 3.10. */
#define Py_LIMITED_API 0x030A0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* As MAX_DEPTH in _values.py. */
#define MAX_DEPTH 100

/* Text that grows. Short texts, which most are, need no memory but their own. */
struct text {
    char *bytes;
    size_t used, room;
    char first[2048];
};

/* How an attempt ended. */
enum outcome {
    DONE,
    UNUSUAL, /* Python has to do it */
    RAISED,  /* and the exception is set */
};

void text_init(struct text *text);
void text_free(struct text *text);
enum outcome text_append(struct text *text, const char *bytes, size_t length);

/* Appends the JSON of a value that is nested so many levels at most. standard is libposthog._values.standard. */
enum outcome encode(struct text *text, PyObject *value, PyObject *standard, int levels);

/* The names of members, which come again with every reply: making and hashing them is most of the work on the values of
 * many flags. Each has one place, and the latest stays. */
struct names {
    PyObject *places[4096];
};

void names_clear(struct names *names);

/* Reads a reply of the library, which is valid JSON, into *value. */
enum outcome decode(const char *bytes, size_t length, struct names *names, PyObject **value);

#endif
