"""Calling the library through ctypes. The accelerator's class ``Calls`` offers the same and answers the same.

Every operation exists twice, because taking the interpreter lock back costs milliseconds while another thread is busy:
once through ``PyDLL``, which keeps the lock and is right for whatever never waits, and once through ``CDLL``, which
gives it up for whatever may.
"""

from __future__ import annotations

import ctypes
import functools
import json

from . import _values
from ._arguments import FlagOptions
from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

    # Takes a client and JSON; gives status and reply.
    Operation = Callable[[int, bytes], "tuple[int, bytes]"]
    Operations = Callable[[str], Operation]

# A text and its length.
_TEXT = (ctypes.c_char_p, ctypes.c_size_t)

# A longer value, an unusually named variant, goes the other way.
_VALUE_ROOM = 128

_SIZES = tuple(map(ctypes.c_size_t, range(256)))
_ROOM, _MEASURE = _SIZES[_VALUE_ROOM], ctypes.c_size_t(-1)  # POSTHOG_NTS

_WORDS = {b"true": True, b"false": False, b"null": None}

# What the library understands as the caller gave it.
_PLAIN_EVENT = frozenset(("distinct_id", "properties", "groups", "disable_geoip"))
_UUID_REPLY = len('{"uuid":"00000000-0000-0000-0000-000000000000"}')
_FORKED = -6

_FLAG_OPTIONS = frozenset(FlagOptions.__annotations__)

_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


def decode(reply: bytes) -> Any:
    """json.loads without its preparations: a reply is UTF-8 and starts with its value."""
    return _scan(reply.decode(), 0)[0]


def plain_query(key: Any, distinct_id: Any, options: dict[str, Any]) -> tuple[bytes, int, bytes, int, bytes, int] | None:
    """A question to flag_value of the library, each text with its length; None where that cannot say what is asked."""
    try:
        name, user, body = str.encode(key), str.encode(distinct_id), _values.plain(options) if options else b""
    except (TypeError, UnicodeEncodeError):  # no text
        return None
    if body is None or not options.keys() <= _FLAG_OPTIONS:
        return None
    return name, len(name), user, len(user), body, len(body)


class Calls:
    """One loaded copy of the library."""

    def __init__(self, path: str) -> None:
        holding, releasing = ctypes.PyDLL(path), ctypes.CDLL(path)
        self.abi_version: Callable[[], int] = _function(holding, "abi_version", ctypes.c_uint32)
        self._status_name = _function(holding, "status_name", ctypes.c_char_p, ctypes.c_int32)
        self._open = _function(holding, "open", ctypes.c_int32, *_TEXT, ctypes.c_void_p, ctypes.c_void_p)
        self._free = _function(holding, "free", None, ctypes.c_void_p)
        # Called with values of C, since converting arguments takes longer than the call.
        self._flag_value, self._capture = holding["posthog_flag_value"], holding["posthog_capture"]
        # Made when they are asked for: to make one takes longer than to call it.
        self._holding: Operations = functools.lru_cache(None)(functools.partial(_operation, holding))
        self._releasing: Operations = functools.lru_cache(None)(functools.partial(_operation, releasing))

    def status_name(self, status: int) -> str:
        return str(self._status_name(status), "ascii")

    def open(self, options: bytes) -> tuple[int, int, bytes]:
        """Make a client: status, handle (0 on failure), reply."""
        handle, reply = ctypes.c_uint32(), ctypes.c_char_p()
        status: int = self._open(options, len(options), ctypes.byref(handle), ctypes.byref(reply))
        text = reply.value or b""
        self._free(reply)
        return status, handle.value, text

    def call(self, op: str, handle: int, body: bytes, waits: bool = False) -> tuple[int, bytes]:
        """Perform one operation: status, reply. ``waits`` gives up the interpreter lock for the call."""
        return (self._releasing if waits else self._holding)(op)(handle, body)

    def ask(self, op: str, handle: int, fields: Any, waits: bool = False) -> tuple[int, Any, Sequence[str]]:
        """As call, with the input as a value: status, decoded reply, and where the input lost something."""
        body, lost = _values.encode(fields)
        status, reply = (self._releasing if waits else self._holding)(op)(handle, body)
        return status, decode(reply) if reply else {}, tuple(lost)

    def short(self, handle: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """For one client: capture, which returns the uuid, or status and reply; and a flag's value. Both NotImplemented
        where that takes more, and nothing was done."""
        perform, ask, free, plain = self._capture, self._flag_value, self._free, _values.plain
        client, room, pointer, reference = ctypes.c_uint32(handle), ctypes.c_char * _VALUE_ROOM, ctypes.c_char_p, ctypes.byref

        def capture(event: Any, options: dict[str, Any]) -> Any:
            if type(event) is not str or type(options.get("distinct_id")) is not str or not options.keys() <= _PLAIN_EVENT:
                return NotImplemented
            body = plain({"event": event, **options})
            if body is None:
                return NotImplemented
            reply = pointer()
            status = perform(client, body, _MEASURE, reference(reply))
            text = reply.value or b"{}"
            free(reply)
            if len(text) == _UUID_REPLY and status == 0:
                return text[9:45].decode()
            return NotImplemented if status == _FORKED else (status, decode(text))

        def flag(key: Any, distinct_id: Any, options: dict[str, Any]) -> Any:
            query = plain_query(key, distinct_id, options)
            if query is None or max(query[1], query[3]) >= len(_SIZES):
                return NotImplemented
            (name, length, user, user_length, body, _), value = query, room()
            if ask(client, name, _SIZES[length], user, _SIZES[user_length], body or None, _MEASURE, value, _ROOM) != 0:
                return NotImplemented
            text = value.value
            return _WORDS[text] if text in _WORDS else decode(text)

        return capture, flag


def _function(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    function = library[f"posthog_{name}"]
    function.restype, function.argtypes = result, arguments
    return function


def _operation(library: ctypes.CDLL, name: str) -> Operation:
    """``posthog_<name>`` of a loaded library. A PyDLL keeps the interpreter lock during the call, a CDLL gives it up."""
    function = _function(library, name, ctypes.c_int32, ctypes.c_uint32, *_TEXT, ctypes.c_void_p)
    free = _function(ctypes.PyDLL(None, handle=library._handle), "free", None, ctypes.c_void_p)
    pointer, reference = ctypes.c_char_p, ctypes.byref

    def call(client: int, body: bytes) -> tuple[int, bytes]:
        reply = pointer()
        status = function(client, body, len(body), reference(reply))
        text = reply.value
        if text is None:
            return status, b""
        if name == "poll":
            text = _with_body(ctypes.cast(reply, ctypes.c_void_p).value or 0, text)
        free(reply)
        return status, text

    return call


def _with_body(address: int, text: bytes) -> bytes:
    """The body of a request lies behind the JSON, in the same allocation."""
    body = (json.loads(text).get("request") or {}).get("body")
    return ctypes.string_at(address, body["at"] + body["len"]) if body else text
