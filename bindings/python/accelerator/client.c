/* The class Client, from which the client derives where the accelerator is there: the methods that are called most, from
 * the caller's arguments to the library and back without Python in between. What is unusual in any way goes to the method
 * of the same name with _any behind it, which is Python's. As _short.Client in every answer. */

#include <string.h>

#include "accelerator.h"

struct client {
    PyObject_HEAD
    struct calls *calls; /* NULL while there is no short way */
    PyObject *opened;    /* a list, empty until there was a context */
    PyObject *context;   /* gives the caller's, or None */
    uint32_t handle;
    int events, flags; /* whether there is one for these */
};

static void client_dealloc(PyObject *object)
{
    struct client *self = (struct client *)object;
    PyTypeObject *type = Py_TYPE(object);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    Py_XDECREF(self->calls);
    Py_XDECREF(self->opened);
    Py_XDECREF(self->context);
    release(object);
    Py_DECREF(type);
}

static PyObject *client_bind(PyObject *object, PyObject *arguments)
{
    struct client *self = (struct client *)object;
    PyObject *before[] = {(PyObject *)self->calls, self->opened, self->context};
    PyObject *calls, *handle, *opened, *context;
    int events, flags;
    if (!PyArg_ParseTuple(arguments, "OOppO!O", &calls, &handle, &events, &flags, &PyList_Type, &opened, &context) ||
        to_handle(handle, &self->handle) != 0)
        return NULL;
    Py_INCREF(opened);
    Py_INCREF(context);
    self->opened = opened;
    self->context = context;
    self->calls = calls_check(calls) ? (struct calls *)calls : NULL;
    Py_XINCREF(self->calls);
    self->events = events;
    self->flags = flags;
    for (size_t at = 0; at < sizeof before / sizeof *before; at++)
        Py_XDECREF(before[at]);
    Py_RETURN_NONE;
}

/* Whether a call may go the short way, as far as the client and its surroundings tell. */
static int is_plain(struct client *self, int has_short_way)
{
    PyObject *context;
    if (self->calls == NULL || !has_short_way)
        return 0;
    if (PyList_Size(self->opened) == 0)
        return 1;
    context = PyObject_CallNoArgs(self->context);
    if (context == NULL)
        PyErr_Clear();
    Py_XDECREF(context);
    return context == Py_None;
}

/* The call again, in Python. */
static PyObject *any(PyObject *self, const char *method, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    Py_ssize_t named = names == NULL ? 0 : PyTuple_Size(names);
    PyObject *function = PyObject_GetAttrString(self, method), *result = NULL;
    PyObject *positional = PyTuple_New(count), *options = named == 0 ? NULL : PyDict_New();
    int failed = function == NULL || positional == NULL || (named != 0 && options == NULL);
    for (Py_ssize_t at = 0; !failed && at < count; at++) {
        Py_INCREF(arguments[at]);
        PyTuple_SetItem(positional, at, arguments[at]);
    }
    for (Py_ssize_t at = 0; !failed && at < named; at++)
        failed = PyDict_SetItem(options, PyTuple_GetItem(names, at), arguments[count + at]) != 0;
    if (!failed)
        result = PyObject_Call(function, positional, options);
    Py_XDECREF(function);
    Py_XDECREF(positional);
    Py_XDECREF(options);
    return result;
}

/* Writes the named arguments as members of an object, the first comma for what opens it. Where id is not NULL, a
 * distinct_id is put there instead. */
static enum outcome encode_named(struct client *self, struct text *text, const struct member *members,
                                 PyObject *const *values, PyObject *names, PyObject **id)
{
    Py_ssize_t count = names == NULL ? 0 : PyTuple_Size(names);
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *name = PyTuple_GetItem(names, at);
        const struct member *member = find_member(members, name);
        enum outcome outcome;
        if (member == NULL && id != NULL && PyUnicode_CompareWithASCIIString(name, "distinct_id") == 0) {
            *id = values[at];
            continue;
        }
        if (member == NULL || (member->is_text && values[at] != Py_None && !PyUnicode_CheckExact(values[at])))
            return UNUSUAL;
        outcome = text_append(text, member->json, member->length + 4);
        if (outcome == DONE) /* the object is a level */
            outcome = encode(text, values[at], self->calls->standard, MAX_DEPTH - 1);
        if (outcome != DONE)
            return outcome;
    }
    return DONE;
}

static enum outcome close_object(struct text *text)
{
    text->bytes[0] = '{';
    return text_append(text, "}", 1);
}

/* The event's name, by position, and the options. */
static enum outcome encode_event(struct client *self, struct text *text, PyObject *const *arguments, PyObject *names)
{
    static const char event[] = ",\"event\":";
    enum outcome outcome;
    if (!PyUnicode_CheckExact(arguments[0]))
        return UNUSUAL;
    outcome = text_append(text, event, sizeof event - 1);
    if (outcome == DONE)
        outcome = encode(text, arguments[0], NULL, 0);
    if (outcome == DONE)
        outcome = encode_named(self, text, event_members, arguments + 1, names, NULL);
    return outcome == DONE ? close_object(text) : outcome;
}

/* The uuid of an event's reply. What else there is to a reply is told in Python. */
static PyObject *captured(PyObject *self, struct calls *calls, int32_t status, const char *reply)
{
    static const char start[] = "{\"uuid\":\"", end[] = "\"}";
    const size_t before = sizeof start - 1, digits = 36;
    PyObject *decoded, *told, *uuid;
    if (status == 0 && reply != NULL && strncmp(reply, start, before) == 0 && strlen(reply) == before + digits + 2 &&
        strcmp(reply + before + digits, end) == 0)
        return PyUnicode_FromStringAndSize(reply + before, (Py_ssize_t)digits);
    decoded = reply == NULL ? PyDict_New() : decode_any(calls, reply, strlen(reply));
    if (decoded == NULL)
        return NULL;
    told = PyObject_CallMethod(self, "_told", "siO", "capture", (int)status, decoded);
    Py_DECREF(decoded);
    if (told == NULL)
        return NULL;
    uuid = PyDict_Check(told) ? PyDict_GetItemString(told, "uuid") : NULL;
    if (uuid == NULL)
        uuid = Py_None;
    Py_INCREF(uuid);
    Py_DECREF(told);
    return uuid;
}

static PyObject *client_capture(PyObject *object, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    struct client *self = (struct client *)object;
    struct text text;
    enum outcome outcome = UNUSUAL;
    PyObject *uuid = NULL;
    if (count != 1 || !is_plain(self, self->events))
        return any(object, "_capture_any", arguments, count, names);
    text_init(&text);
    outcome = encode_event(self, &text, arguments, names);
    if (outcome == DONE) {
        /* Held: what is told may end in a fork, whose child binds itself to another copy. */
        struct calls *calls = self->calls;
        char *reply = NULL;
        int32_t status = calls->capture(self->handle, text.bytes, text.used, &reply);
        Py_INCREF(calls);
        if (status == FORKED)
            outcome = UNUSUAL;
        else
            uuid = captured(object, calls, status, reply);
        calls->free(reply);
        Py_DECREF(calls);
    }
    text_free(&text);
    return outcome == UNUSUAL ? any(object, "_capture_any", arguments, count, names) : uuid;
}

static PyObject *client_get_feature_flag(PyObject *object, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    struct client *self = (struct client *)object;
    struct text text;
    enum outcome outcome;
    PyObject *value = NULL, *id = count == 2 ? arguments[1] : Py_None;
    if (count < 1 || count > 2 || !is_plain(self, self->flags))
        return any(object, "_get_feature_flag_any", arguments, count, names);
    text_init(&text);
    outcome = encode_named(self, &text, flag_members, arguments + count, names, count == 1 ? &id : NULL);
    if (outcome == DONE && text.used > 0)
        outcome = close_object(&text);
    if (outcome == DONE)
        value = flag_value(self->calls, self->handle, arguments[0], id, &text);
    text_free(&text);
    if (outcome != UNUSUAL && value != Py_NotImplemented)
        return value;
    Py_XDECREF(value);
    return any(object, "_get_feature_flag_any", arguments, count, names);
}

/* The options of a flag call, as no text at all where there are none. One that is not among these is Python's to judge. */
static enum outcome encode_options(struct calls *self, PyObject *options, struct text *text)
{
    PyObject *name;
    Py_ssize_t at = 0;
    if (!PyDict_CheckExact(options))
        return UNUSUAL;
    if (PyDict_Size(options) == 0)
        return DONE;
    while (PyDict_Next(options, &at, &name, NULL))
        if (find_member(flag_members, name) == NULL)
            return UNUSUAL;
    return encode(text, options, self->standard, MAX_DEPTH);
}

/* The same in the middle of the long way, the options as a dict: NotImplemented where it has to go on. */
static PyObject *client_flag_now(PyObject *object, PyObject *const *arguments, Py_ssize_t count)
{
    struct client *self = (struct client *)object;
    struct text text;
    enum outcome outcome;
    PyObject *value = NULL;
    if (count != 3 || self->calls == NULL || !self->flags)
        return not_implemented();
    text_init(&text);
    outcome = encode_options(self->calls, arguments[2], &text);
    if (outcome == DONE)
        value = flag_value(self->calls, self->handle, arguments[0], arguments[1], &text);
    else if (outcome == UNUSUAL)
        value = not_implemented();
    text_free(&text);
    return value;
}

static PyObject *client_feature_enabled(PyObject *object, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    PyObject *value = client_get_feature_flag(object, arguments, count, names);
    int on;
    if (value == NULL || value == Py_None || PyBool_Check(value))
        return value;
    on = PyObject_IsTrue(value); /* of a variant its name */
    Py_DECREF(value);
    return on < 0 ? NULL : PyBool_FromLong(on);
}

#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL
#define NAMED(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS

static PyMethodDef methods[] = {
    {"_bind", client_bind, METH_VARARGS, "_bind(calls, handle, events, flags, opened, context)"},
    {"capture", NAMED(client_capture), "capture($self, event, **options)\n--\n\nQueue one event."},
    {"_flag_now", FAST(client_flag_now), "_flag_now(key, distinct_id, options) -> value or NotImplemented"},
    {"get_feature_flag", NAMED(client_get_feature_flag),
     "get_feature_flag($self, key, distinct_id=None, *more, **options)\n--\n\nTrue, False or a variant's name."},
    {"feature_enabled", NAMED(client_feature_enabled),
     "feature_enabled($self, key, distinct_id=None, *more, **options)\n--\n\nWhether the flag is on or has a variant."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "The short ways of a client."},
    {Py_tp_dealloc, client_dealloc},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "libposthog._accelerator.Client",
    .basicsize = sizeof(struct client),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = slots,
};

int client_add(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);
    int failed = type == NULL || PyModule_AddObjectRef(module, "Client", type) != 0;
    Py_XDECREF(type);
    return failed ? -1 : 0;
}
