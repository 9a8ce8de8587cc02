"""Plain values to JSON, fast: what is not plain is left to the rules of ``_values``.

The accelerator does the same in C, with the same results, and comes back to this where a value is unusual.
"""

from __future__ import annotations

import json
from json import encoder as _json
from typing import Any, Callable, Optional

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
