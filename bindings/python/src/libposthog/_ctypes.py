"""Calling the library through ctypes. The accelerator's class ``Calls`` offers the same and answers the same.

Every operation exists twice, because taking the interpreter lock back costs milliseconds while another thread is busy:
once through ``PyDLL``, which keeps the lock and is right for whatever never waits, and once through ``CDLL``, which
gives it up for whatever may.
"""

from __future__ import annotations

import ctypes
import json

from . import _values
from ._arguments import FlagOptions
from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Callable, Sequence

    # Takes a client and JSON; gives status and reply.
    Operation = Callable[[int, bytes], "tuple[int, bytes]"]

# A text and its length.
_TEXT = (ctypes.c_char_p, ctypes.c_size_t)

# A longer value, an unusually named variant, goes the other way.
_VALUE_ROOM = 128

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
        self._abi_version = _function(holding, "abi_version", ctypes.c_uint32)
        self._status_name = _function(holding, "status_name", ctypes.c_char_p, ctypes.c_int32)
        self._open = _function(holding, "open", ctypes.c_int32, *_TEXT, ctypes.c_void_p, ctypes.c_void_p)
        self._free = _function(holding, "free", None, ctypes.c_void_p)
        self._flag_value = _function(holding, "flag_value", ctypes.c_int32, ctypes.c_uint32, *_TEXT * 4)
        self._holding, self._releasing = _Operations(holding), _Operations(releasing)

    def abi_version(self) -> int:
        return int(self._abi_version())

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
        perform: Operation = (self._releasing if waits else self._holding)[op]
        return perform(handle, body)

    def ask(self, op: str, handle: int, fields: Any, waits: bool = False) -> tuple[int, Any, Sequence[str]]:
        """As call, with the input as a value: status, decoded reply, and where the input lost something."""
        body, lost = _values.encode(fields)
        status, reply = (self._releasing if waits else self._holding)[op](handle, body)
        return status, decode(reply) if reply else {}, tuple(lost)

    def flag_value(self, handle: int, key: Any, distinct_id: Any, options: dict[str, Any]) -> Any:
        """A flag's value where that can be had at once; NotImplemented otherwise, and nothing was done."""
        query, value = plain_query(key, distinct_id, options), ctypes.create_string_buffer(_VALUE_ROOM)
        if query is None or self._flag_value(handle, *query, value, _VALUE_ROOM) != 0:
            return NotImplemented
        return decode(value.value)


class _Operations(dict[str, "Operation"]):
    """Those of a library that were asked for: to make one takes longer than to call it."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    def __missing__(self, name: str) -> Operation:
        self[name] = made = _operation(self._library, name)
        return made


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
