/* The class Calls: one loaded copy of the library. As _ctypes.Calls in every answer. */

#include <dlfcn.h>
#include <string.h>

#include "accelerator.h"

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

int to_handle(PyObject *number, uint32_t *handle)
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

PyObject *decode_any(struct calls *self, const char *reply, size_t length)
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

PyObject *not_implemented(void)
{
    Py_INCREF(Py_NotImplemented);
    return Py_NotImplemented;
}

PyObject *flag_value(struct calls *self, uint32_t handle, PyObject *key, PyObject *id, const struct text *options)
{
    Py_ssize_t key_length, id_length;
    const char *key_bytes, *id_bytes;
    char value[128];
    if (!PyUnicode_CheckExact(key) || !PyUnicode_CheckExact(id))
        return not_implemented();
    key_bytes = PyUnicode_AsUTF8AndSize(key, &key_length);
    id_bytes = key_bytes == NULL ? NULL : PyUnicode_AsUTF8AndSize(id, &id_length);
    if (id_bytes == NULL) {
        PyErr_Clear();
        return not_implemented();
    }
    if (self->flag_value(handle, key_bytes, (size_t)key_length, id_bytes, (size_t)id_length, options->bytes,
                         options->used, value, sizeof value) != 0)
        return not_implemented();
    if (strcmp(value, "true") == 0)
        Py_RETURN_TRUE;
    if (strcmp(value, "false") == 0)
        Py_RETURN_FALSE;
    return decode_any(self, value, strlen(value));
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
    {"encode", calls_encode, METH_O, "encode(value) -> (bytes, lost)"},
    {"decode", calls_decode, METH_O, "decode(bytes) -> value"},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject *calls_type;

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

int calls_check(PyObject *object)
{
    return Py_TYPE(object) == calls_type;
}

static int execute(PyObject *module)
{
    calls_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &spec, NULL);
    if (calls_type == NULL || PyModule_AddObjectRef(module, "Calls", (PyObject *)calls_type) != 0)
        return -1;
    return client_add(module);
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
