/* The optional accelerator of the Python binding: encodes values, calls the library and decodes replies without ctypes
 * and without copies in between. It holds no rules: whatever is not plain JSON goes back to Python, so the results are
 * the same with and without it. */

#ifndef ACCELERATOR_H
#define ACCELERATOR_H

/* PyUnicode_AsUTF8AndSize and METH_FASTCALL are stable since 3.10. */
#define Py_LIMITED_API 0x030A0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

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

/* What an input may have as members. */
struct member {
    const char *json; /* its name, with what JSON puts around it */
    size_t length;    /* of the name alone */
    int is_text;
};

/* What flag calls take besides the flag and the user. Both tables end with a member that has no JSON. */
extern const struct member flag_members[];
/* What capture takes and the library understands as it is. */
extern const struct member event_members[];

/* The member of that name; NULL where there is none. */
const struct member *find_member(const struct member *members, PyObject *name);

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

/* As POSTHOG_FORKED: nothing was done, and Python knows where to do it. */
#define FORKED (-6)

typedef int32_t operation(uint32_t client, const char *json, size_t length, char **reply);
typedef int32_t open_function(const char *json, size_t length, uint32_t *client, char **reply);
typedef int32_t flag_function(uint32_t client, const char *key, size_t key_length, const char *id, size_t id_length,
                              const char *json, size_t length, char *value, size_t capacity);

struct calls {
    PyObject_HEAD
    PyObject *by_name; /* the operations, as indexes into functions */
    operation **functions;
    open_function *open;
    operation *capture;
    flag_function *flag_value;
    void (*free)(char *reply);
    const char *(*status_name)(int32_t status);
    uint32_t (*abi_version)(void);
    PyObject *encode, *standard, *decode; /* Python's part of the work */
    struct names names;
};

/* Whether an object is of this class, which nobody derives from. */
int calls_check(PyObject *object);

int to_handle(PyObject *number, uint32_t *handle);
PyObject *not_implemented(void);

/* What json.loads makes of a reply. */
PyObject *decode_any(struct calls *self, const char *reply, size_t length);

/* A flag's value where that can be had at once; NotImplemented otherwise, and nothing was done. */
PyObject *flag_value(struct calls *self, uint32_t handle, PyObject *key, PyObject *id, const struct text *options);

/* Adds the class Client to the module. */
int client_add(PyObject *module);

#endif
