"""Host values to JSON. Plain values are encoded here, fast; the others by ``_rules``, which is imported when the first of
them comes: by then the program imported what makes such values.

The accelerator does the same in C, with the same results, and comes back to this where a value is unusual.
"""

from __future__ import annotations

import json
import re
from json import encoder as _json

from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Callable

# The library nests at most 128 levels.
MAX_DEPTH = 100
# An integer of as many digits may be beyond a double.
_LONG = 300
_DIGITS = frozenset("0123456789")


def encode(value: Any) -> tuple[bytes, list[str]]:
    """JSON text for a value, and where something was lost, as ``properties.total: not a finite number``."""
    text = plain(value)
    if text is not None:
        return text, []
    from ._rules import Walk, to_json

    walk = Walk(MAX_DEPTH)
    return to_json(walk.convert(value)).encode("utf-8"), walk.lost


def identifier(value: Any) -> str | None:
    """A distinct_id or a key as text: the wire knows no other kind."""
    if value is None or type(value) is str:
        return value
    from ._rules import Walk, to_json

    converted = Walk(MAX_DEPTH).convert(value)
    return converted if converted is None or isinstance(converted, str) else to_json(converted)


def standard(value: Any) -> Any:
    """What stands for a value without loss; raises where that takes a walk."""
    from ._rules import standard

    return standard(value)


def plain(value: Any) -> bytes | None:
    """A value's JSON, or None where that takes more than the plain types and ``standard``."""
    try:
        text = "".join(_chunks(value, 0))
        # Each sign may also stand in a string: that costs a second look, no more. The last of many is not among the first.
        if (text.rfind("{") > MAX_DEPTH or "[" in text) and text.count("{") + text.count("[") > MAX_DEPTH:
            return None
        # A run of _LONG digits covers one of these places.
        if len(text) > _LONG and not _DIGITS.isdisjoint(text[::_LONG]) and re.search(f"[0-9]{{{_LONG}}}", text):
            return None
        return text.encode()
    except Exception:  # a cycle, half a surrogate pair, NaN, whatever foreign code raises
        return None


def _encoder() -> Callable[[Any, int], Any]:
    """The encoder of the standard library, without the preparations that it repeats for every value."""
    if _json.c_make_encoder is None:  # type: ignore[attr-defined]
        whole = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=standard)
        return lambda value, _: whole.encode(value)
    text = _json.encode_basestring
    made: Callable[[Any, int], Any] = _json.c_make_encoder(  # type: ignore[attr-defined]
        None, standard, text, None, ":", ",", False, False, False
    )
    return made


_chunks = _encoder()
