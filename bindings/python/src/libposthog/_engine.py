"""The two steps every call takes: a value becomes JSON, and JSON goes through the library.

They are here alone so that an optional C module, ``_accelerator``, can take their place: it offers the same two
functions with the same results. :func:`plain` leaves whatever is not plain JSON to the rules of ``_values``.
"""

from __future__ import annotations

import ctypes
import json
from json import encoder as _json
from typing import Any, Callable, Optional

# Takes a client and JSON; gives status and reply.
Operation = Callable[[int, bytes], "tuple[int, bytes]"]
# Turns what JSON has no form for into something that it has, without loss; raises where it cannot.
Standard = Callable[[Any], Any]
Encoder = Callable[[Any], Optional[bytes]]

# The library nests at most 128 levels.
MAX_DEPTH = 100
# An integer of as many digits may be beyond a double.
_LONG = 300


def encoder(standard: Standard) -> Encoder:
    """A function from a value to its JSON, or None where that takes more than the plain types and ``standard``."""
    chunks = _chunks(standard)

    def plain(value: Any) -> bytes | None:
        try:
            text = "".join(chunks(value, 0))
            # Each sign may also stand in a string: that costs a second look, no more.
            if text.count("[") + text.count("{") > MAX_DEPTH or (len(text) > _LONG and _long_number(text)):
                return None
            return text.encode("utf-8")
        except Exception:  # a cycle, half a surrogate pair, NaN, whatever foreign code raises
            return None

    return plain


def _chunks(standard: Standard) -> Callable[[Any, int], Any]:
    """The encoder of the standard library, without the preparations that it repeats for every value."""
    if _json.c_make_encoder is None:  # type: ignore[attr-defined]
        whole = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=standard)
        return lambda value, _: whole.encode(value)
    text = _json.encode_basestring
    made: Callable[[Any, int], Any] = _json.c_make_encoder(  # type: ignore[attr-defined]
        None, standard, text, None, ":", ",", False, False, False
    )
    return made


def _long_number(text: str) -> bool:
    """Whether there may be a run of _LONG digits: it would cover one of these places."""
    return any(sign.isdigit() for sign in text[::_LONG])


def operation(library: ctypes.CDLL, name: str) -> Operation:
    """``posthog_<name>`` of a loaded library. A PyDLL keeps the interpreter lock during the call, a CDLL gives it up."""
    function = library[f"posthog_{name}"]
    function.argtypes = (ctypes.c_uint32, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p)
    function.restype = ctypes.c_int32
    free = ctypes.PyDLL(None, handle=library._handle)["posthog_free"]
    free.argtypes = (ctypes.c_void_p,)
    free.restype = None
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
