/* The class Calls: one loaded copy of the library. As _ctypes.Calls in every answer. */

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#include "accelerator.h"

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

static void *symbol(void *library, const char *name)
{
    char symbol[64];
    void *found;
    PyOS_snprintf(symbol, sizeof symbol, "posthog_%s", name);
    found = dlsym(library, symbol);
    if (found == NULL)
        PyErr_Format(PyExc_AttributeError, "undefined symbol: %s", symbol);
    return found;
}

/* Looks up the operations in the order of names. */
static int find_operations(struct calls *self, void *library, PyObject *names)
{
    Py_ssize_t count = PySequence_Size(names);
    if (count < 0)
        return -1;
    self->by_name = PyDict_New();
    self->functions = PyMem_Calloc((size_t)count, sizeof *self->functions);
    if (self->by_name == NULL || self->functions == NULL)
        return -1;
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *name = PySequence_GetItem(names, at), *index = PyLong_FromSsize_t(at);
        const char *text = name == NULL ? NULL : PyUnicode_AsUTF8AndSize(name, NULL);
        void *function = text == NULL ? NULL : symbol(library, text);
        int failed = function == NULL || index == NULL || PyDict_SetItem(self->by_name, name, index) != 0;
        Py_XDECREF(name);
        Py_XDECREF(index);
        if (failed)
            return -1;
        self->functions[at] = (operation *)function;
    }
    return 0;
}

static int find_functions(struct calls *self, void *library)
{
    return (self->abi_version = (uint32_t(*)(void))symbol(library, "abi_version")) != NULL &&
                   (self->open = (open_function *)symbol(library, "open")) != NULL &&
                   (self->capture = (operation *)symbol(library, "capture")) != NULL &&
                   (self->flag_value = (flag_function *)symbol(library, "flag_value")) != NULL &&
                   (self->free = (void (*)(char *))symbol(library, "free")) != NULL &&
                   (self->status_name = (const char *(*)(int32_t))symbol(library, "status_name")) != NULL
               ? 0
               : -1;
}

static void calls_dealloc(PyObject *object)
{
    struct calls *self = (struct calls *)object;
    PyTypeObject *type = Py_TYPE(object);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    Py_XDECREF(self->by_name);
    Py_XDECREF(self->encode);
    Py_XDECREF(self->standard);
    Py_XDECREF(self->decode);
    names_clear(&self->names);
    PyMem_Free(self->functions);
    release(object);
    Py_DECREF(type);
}

static PyObject *calls_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *path, *names, *encode, *standard, *decode;
    struct calls *self;
    void *library;
    if (keywords != NULL && PyDict_Size(keywords) != 0)
        return PyErr_Format(PyExc_TypeError, "Calls() takes no keyword arguments");
    if (!PyArg_ParseTuple(arguments, "O&OOOO:Calls", PyUnicode_FSConverter, &path, &names, &encode, &standard, &decode))
        return NULL;
    /* Never closed: the library cannot be unloaded. */
    library = dlopen(PyBytes_AsString(path), RTLD_NOW | RTLD_LOCAL);
    Py_DECREF(path);
    if (library == NULL)
        return PyErr_Format(PyExc_OSError, "%s", dlerror());
    self = (struct calls *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (self == NULL)
        return NULL;
    Py_INCREF(self->encode = encode);
    Py_INCREF(self->standard = standard);
    Py_INCREF(self->decode = decode);
    if (find_functions(self, library) != 0 || find_operations(self, library, names) != 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static int takes(const char *name, Py_ssize_t count, Py_ssize_t least, Py_ssize_t most)
{
    if (count >= least && count <= most)
        return 1;
    PyErr_Format(PyExc_TypeError, "%s() takes %zd to %zd arguments (%zd given)", name, least, most, count);
    return 0;
}

static int to_handle(PyObject *number, uint32_t *handle)
{
    *handle = (uint32_t)PyLong_AsUnsignedLongMask(number);
    return PyErr_Occurred() ? -1 : 0;
}

static operation *find(struct calls *self, PyObject *name)
{
    PyObject *index = PyDict_GetItemWithError(self->by_name, name);
    if (index == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetObject(PyExc_KeyError, name);
        return NULL;
    }
    return self->functions[PyLong_AsSsize_t(index)];
}

/* Performs the operation; waits gives up the interpreter lock meanwhile. */
static int32_t perform(operation *function, uint32_t handle, const char *json, size_t length, char **reply, int waits)
{
    int32_t status;
    *reply = NULL;
    if (!waits)
        return function(handle, json, length, reply);
    Py_BEGIN_ALLOW_THREADS
    status = function(handle, json, length, reply);
    Py_END_ALLOW_THREADS
    return status;
}

static PyObject *calls_abi_version(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLong(((struct calls *)self)->abi_version());
}

static PyObject *calls_status_name(PyObject *self, PyObject *status)
{
    long number = PyLong_AsLong(status);
    if (number == -1 && PyErr_Occurred())
        return NULL;
    return PyUnicode_FromString(((struct calls *)self)->status_name((int32_t)number));
}

static PyObject *calls_open(PyObject *object, PyObject *options)
{
    struct calls *self = (struct calls *)object;
    char *json, *reply = NULL;
    Py_ssize_t length;
    uint32_t handle = 0;
    int32_t status;
    PyObject *answer;
    if (PyBytes_AsStringAndSize(options, &json, &length) != 0)
        return NULL;
    status = self->open(json, (size_t)length, &handle, &reply);
    answer = Py_BuildValue("(iky#)", (int)status, (unsigned long)handle, reply == NULL ? "" : reply,
                           reply == NULL ? (Py_ssize_t)0 : (Py_ssize_t)strlen(reply));
    self->free(reply);
    return answer;
}

/* A member of a dict: borrowed, NULL where there is none. */
static PyObject *member(PyObject *dict, const char *name)
{
    return dict != NULL && PyDict_Check(dict) ? PyDict_GetItemString(dict, name) : NULL;
}

/* How long a reply of poll is: the body of a request lies behind the JSON, in the same allocation. */
static int polled_length(struct calls *self, const char *reply, size_t *length)
{
    PyObject *decoded = PyObject_CallFunction(self->decode, "y#", reply, (Py_ssize_t)*length);
    PyObject *body = member(member(decoded, "request"), "body");
    PyObject *at = member(body, "at"), *size = member(body, "len");
    if (at != NULL && size != NULL)
        *length = PyLong_AsSize_t(at) + PyLong_AsSize_t(size);
    Py_XDECREF(decoded);
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *calls_call(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    struct calls *self = (struct calls *)object;
    operation *function;
    uint32_t handle;
    int32_t status;
    char *json, *reply;
    Py_ssize_t length;
    size_t replied;
    PyObject *answer = NULL;
    if (!takes("call", count, 3, 4))
        return NULL;
    function = find(self, arguments[0]);
    if (function == NULL || to_handle(arguments[1], &handle) != 0 ||
        PyBytes_AsStringAndSize(arguments[2], &json, &length) != 0)
        return NULL;
    status = perform(function, handle, json, (size_t)length, &reply, count > 3 && arguments[3] == Py_True);
    replied = reply == NULL ? 0 : strlen(reply);
    if (PyUnicode_CompareWithASCIIString(arguments[0], "poll") != 0 || reply == NULL ||
        polled_length(self, reply, &replied) == 0)
        answer = Py_BuildValue("(iy#)", (int)status, reply == NULL ? "" : reply, (Py_ssize_t)replied);
    self->free(reply);
    return answer;
}

/* Encodes into text, or where that is Python's to do, into *bytes, with what was lost in *lost. Both may stay NULL. */
static int encode_any(struct calls *self, PyObject *value, struct text *text, PyObject **bytes, PyObject **lost)
{
    enum outcome outcome = encode(text, value, self->standard, MAX_DEPTH);
    PyObject *encoded;
    if (outcome != UNUSUAL)
        return outcome == DONE ? 0 : -1;
    encoded = PyObject_CallFunctionObjArgs(self->encode, value, NULL);
    if (encoded == NULL)
        return -1;
    if (PyArg_ParseTuple(encoded, "SO", bytes, lost)) {
        Py_INCREF(*bytes);
        Py_INCREF(*lost);
    }
    Py_DECREF(encoded);
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *decode_any(struct calls *self, const char *reply, size_t length)
{
    PyObject *value = NULL;
    if (decode(reply, length, &self->names, &value) == UNUSUAL)
        return PyObject_CallFunction(self->decode, "y#", reply, (Py_ssize_t)length);
    return value;
}

/* (status, decoded reply, lost). Takes over lost. */
static PyObject *answered(struct calls *self, int32_t status, const char *reply, PyObject *lost)
{
    PyObject *answer = PyTuple_New(3), *number = PyLong_FromLong(status);
    PyObject *decoded = reply == NULL ? PyDict_New() : decode_any(self, reply, strlen(reply));
    if (lost == NULL)
        lost = PyTuple_New(0);
    if (answer == NULL || number == NULL || decoded == NULL || lost == NULL) {
        Py_XDECREF(answer);
        Py_XDECREF(number);
        Py_XDECREF(decoded);
        Py_XDECREF(lost);
        return NULL;
    }
    PyTuple_SetItem(answer, 0, number);
    PyTuple_SetItem(answer, 1, decoded);
    PyTuple_SetItem(answer, 2, lost);
    return answer;
}

static PyObject *calls_ask(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    struct calls *self = (struct calls *)object;
    operation *function;
    uint32_t handle;
    struct text text;
    PyObject *bytes = NULL, *lost = NULL, *answer = NULL;
    if (!takes("ask", count, 3, 4))
        return NULL;
    function = find(self, arguments[0]);
    if (function == NULL || to_handle(arguments[1], &handle) != 0)
        return NULL;
    text_init(&text);
    if (encode_any(self, arguments[2], &text, &bytes, &lost) == 0) {
        const char *json = bytes == NULL ? text.bytes : PyBytes_AsString(bytes);
        size_t length = bytes == NULL ? text.used : (size_t)PyBytes_Size(bytes);
        char *reply;
        int32_t status = perform(function, handle, json, length, &reply, count > 3 && arguments[3] == Py_True);
        answer = answered(self, status, reply, lost);
        self->free(reply);
    } else {
        Py_XDECREF(lost);
    }
    Py_XDECREF(bytes);
    text_free(&text);
    return answer;
}

static PyObject *not_implemented(void)
{
    Py_INCREF(Py_NotImplemented);
    return Py_NotImplemented;
}

/* The options of a flag call, as no text at all where there are none. One that is not among these is Python's to judge. */
static enum outcome encode_options(struct calls *self, PyObject *options, struct text *text)
{
    static const char *const known[] = {"person_properties", "only_evaluate_locally", "send_feature_flag_events",
                                        "groups", "group_properties", "device_id", "disable_geoip"};
    PyObject *name;
    Py_ssize_t at = 0;
    if (!PyDict_CheckExact(options))
        return UNUSUAL;
    if (PyDict_Size(options) == 0)
        return DONE;
    while (PyDict_Next(options, &at, &name, NULL)) {
        size_t match = 0;
        while (match < sizeof known / sizeof *known && PyUnicode_CompareWithASCIIString(name, known[match]) != 0)
            match++;
        if (match == sizeof known / sizeof *known)
            return UNUSUAL;
    }
    return encode(text, options, self->standard, MAX_DEPTH);
}

static PyObject *calls_flag_value(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    struct calls *self = (struct calls *)object;
    uint32_t handle;
    struct text text;
    const char *key, *id;
    Py_ssize_t key_length, id_length;
    char value[128];
    enum outcome outcome;
    PyObject *decoded = NULL;
    if (!takes("flag_value", count, 4, 4) || to_handle(arguments[0], &handle) != 0)
        return NULL;
    if (!PyUnicode_CheckExact(arguments[1]) || !PyUnicode_CheckExact(arguments[2]))
        return not_implemented();
    key = PyUnicode_AsUTF8AndSize(arguments[1], &key_length);
    id = key == NULL ? NULL : PyUnicode_AsUTF8AndSize(arguments[2], &id_length);
    if (id == NULL) {
        PyErr_Clear();
        return not_implemented();
    }
    text_init(&text);
    outcome = encode_options(self, arguments[3], &text);
    if (outcome == DONE && self->flag_value(handle, key, (size_t)key_length, id, (size_t)id_length, text.bytes,
                                            text.used, value, sizeof value) == 0)
        decoded = decode_any(self, value, strlen(value));
    else if (outcome != RAISED)
        decoded = not_implemented();
    text_free(&text);
    return decoded;
}

/* The members of an event that the library takes as the caller gave them, with what JSON puts around their names. */
static const struct {
    const char *json;
    size_t length; /* of the name alone */
    int is_text;
} members[] = {
    {",\"distinct_id\":", 11, 1}, {",\"properties\":", 10, 0}, {",\"groups\":", 6, 0},
    {",\"timestamp\":", 9, 1},    {",\"uuid\":", 4, 1},        {",\"disable_geoip\":", 13, 0},
};

static enum outcome encode_member(struct calls *self, struct text *text, PyObject *name, PyObject *value)
{
    Py_ssize_t length;
    const char *bytes = PyUnicode_AsUTF8AndSize(name, &length);
    if (bytes == NULL) {
        PyErr_Clear();
        return UNUSUAL;
    }
    for (size_t at = 0; at < sizeof members / sizeof *members; at++) {
        if (members[at].length != (size_t)length || memcmp(members[at].json + 2, bytes, (size_t)length) != 0)
            continue;
        if (members[at].is_text && value != Py_None && !PyUnicode_CheckExact(value))
            return UNUSUAL;
        if (text_append(text, members[at].json, members[at].length + 4) != DONE)
            return RAISED;
        return encode(text, value, self->standard, MAX_DEPTH - 1); /* the event is one level */
    }
    return UNUSUAL;
}

static enum outcome encode_event(struct calls *self, struct text *text, PyObject *event, PyObject *options)
{
    static const char start[] = "{\"event\":";
    Py_ssize_t at = 0;
    PyObject *name, *value;
    enum outcome outcome;
    if (!PyUnicode_CheckExact(event) || !PyDict_CheckExact(options))
        return UNUSUAL;
    outcome = text_append(text, start, sizeof start - 1);
    if (outcome == DONE)
        outcome = encode(text, event, self->standard, MAX_DEPTH - 1);
    while (outcome == DONE && PyDict_Next(options, &at, &name, &value)) {
        Py_INCREF(value); /* standard may run code that changes the options */
        outcome = encode_member(self, text, name, value);
        Py_DECREF(value);
    }
    return outcome == DONE ? text_append(text, "}", 1) : outcome;
}

/* The uuid of an event's reply, or the whole answer where there is none. */
static PyObject *captured(struct calls *self, int32_t status, const char *reply)
{
    static const char start[] = "{\"uuid\":\"", end[] = "\"}";
    const size_t before = sizeof start - 1, digits = 36;
    PyObject *answer, *uuid;
    if (status == 0 && reply != NULL && strncmp(reply, start, before) == 0 && strlen(reply) == before + digits + 2 &&
        strcmp(reply + before + digits, end) == 0)
        return PyUnicode_FromStringAndSize(reply + before, (Py_ssize_t)digits);
    answer = answered(self, status, reply, NULL);
    if (answer == NULL || status != 0)
        return answer;
    uuid = member(PyTuple_GetItem(answer, 1), "uuid");
    if (uuid == NULL)
        return answer;
    Py_INCREF(uuid);
    Py_DECREF(answer);
    return uuid;
}

static PyObject *calls_capture(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    struct calls *self = (struct calls *)object;
    uint32_t handle;
    struct text text;
    enum outcome outcome;
    PyObject *answer = NULL;
    if (!takes("capture", count, 3, 3) || to_handle(arguments[0], &handle) != 0)
        return NULL;
    text_init(&text);
    outcome = encode_event(self, &text, arguments[1], arguments[2]);
    if (outcome == UNUSUAL) {
        answer = not_implemented();
    } else if (outcome == DONE) {
        char *reply;
        int32_t status = perform(self->capture, handle, text.bytes, text.used, &reply, 0);
        answer = status == FORKED ? not_implemented() : captured(self, status, reply);
        self->free(reply);
    }
    text_free(&text);
    return answer;
}

static PyObject *calls_encode(PyObject *object, PyObject *value)
{
    struct text text;
    PyObject *bytes = NULL, *lost = NULL, *answer = NULL;
    text_init(&text);
    if (encode_any((struct calls *)object, value, &text, &bytes, &lost) == 0)
        answer = bytes == NULL ? Py_BuildValue("(y#())", text.bytes, (Py_ssize_t)text.used)
                               : Py_BuildValue("(OO)", bytes, lost);
    Py_XDECREF(bytes);
    Py_XDECREF(lost);
    text_free(&text);
    return answer;
}

static PyObject *calls_decode(PyObject *object, PyObject *bytes)
{
    char *text;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(bytes, &text, &length) != 0)
        return NULL;
    return decode_any((struct calls *)object, text, (size_t)length);
}

#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL

static PyMethodDef methods[] = {
    {"abi_version", calls_abi_version, METH_NOARGS, "abi_version() -> int"},
    {"status_name", calls_status_name, METH_O, "status_name(status) -> str"},
    {"open", calls_open, METH_O, "open(options) -> (status, handle, reply)"},
    {"call", FAST(calls_call), "call(op, handle, body, waits=False) -> (status, reply)"},
    {"ask", FAST(calls_ask), "ask(op, handle, fields, waits=False) -> (status, decoded reply, lost)"},
    {"capture", FAST(calls_capture), "capture(handle, event, options) -> uuid, NotImplemented or as ask"},
    {"flag_value", FAST(calls_flag_value), "flag_value(handle, key, distinct_id, options) -> value or NotImplemented"},
    {"encode", calls_encode, METH_O, "encode(value) -> (bytes, lost)"},
    {"decode", calls_decode, METH_O, "decode(bytes) -> value"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "One loaded copy of the library."},
    {Py_tp_new, calls_new},
    {Py_tp_dealloc, calls_dealloc},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "libposthog._accelerator.Calls",
    .basicsize = sizeof(struct calls),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = slots,
};

static int execute(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);
    int failed = type == NULL || PyModule_AddObjectRef(module, "Calls", type) != 0;
    Py_XDECREF(type);
    return failed ? -1 : 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, execute}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_accelerator",
    .m_doc = "The library without ctypes.",
    .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__accelerator(void);

PyMODINIT_FUNC PyInit__accelerator(void)
{
    return PyModuleDef_Init(&definition);
}
