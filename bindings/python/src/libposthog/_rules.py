"""Unusual values to JSON: the one place where Python's types meet the wire.

Nothing raises here, whatever a value is or does, and what comes out is always JSON the library accepts:

========================================  ==============================================================
Python                                    JSON
========================================  ==============================================================
str, int, float, bool, None, dict, list   as they are; integers keep their digits, floats their token
datetime, date, time                      ISO 8601 text, with the offset if there is one
timedelta                                 seconds
Decimal                                   a number
UUID, path                                text
Enum                                      its value
bytes, bytearray, memoryview              UTF-8 text
tuple, set, deque, range, dict views      array
dataclass, pydantic model, NamedTuple     object, object, array
numpy scalar or array                     its ``tolist()``
a key that is no str                      its text
an object with a text of its own (*)      that text
NaN, Infinity, beyond a double (*)        null
bytes that are not UTF-8 (*)              null
a cycle, more than 100 levels (*)         null
anything else, or whatever raises (*)     null
a lone surrogate (*)                      U+FFFD
========================================  ==============================================================

Rows with (*) lose something; a walk says where that happened. Plain values need none of this: see ``_values``.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import math
import numbers
import os
import uuid
from collections import UserString, deque
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Callable

# The JSON of what a walk made.
to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode

_BEYOND_DOUBLE = 10**308


class _Loss(Exception):
    """Why a value becomes null."""


class Walk:
    """Rebuilds a value from plain JSON types."""

    def __init__(self, max_depth: int) -> None:
        self._max_depth = max_depth
        self.lost: list[str] = []
        self._path: list[str] = []
        self._open: set[int] = set()

    def convert(self, value: Any) -> Any:
        try:
            return self._convert(value)
        except _Loss as loss:
            self._lose(str(loss))
        except Exception:  # properties, __str__, iterators: foreign code may raise anything
            self._lose("raised while it was read")
        return None

    def _lose(self, why: str) -> None:
        path = ".".join(self._path) or "value"
        self.lost.append(f"{path}: {why}".encode("utf-8", "replace").decode("utf-8"))

    def _convert(self, value: Any) -> Any:
        if value is None or value is True or value is False:
            return value
        for types, rule in _RULES:
            if isinstance(value, types):
                value = rule(value)
                if types is enum.Enum:
                    return self.convert(value)
                break
        else:
            return self._container(value)
        return self._text(value) if isinstance(value, str) else value

    def _text(self, value: str) -> str:
        try:
            str.encode(value, "utf-8")
        except UnicodeEncodeError:
            # Halves of a pair join on the way; a half alone becomes U+FFFD.
            whole = str.encode(value, "utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            if "\ufffd" in whole:
                self._lose("a lone surrogate")
            return whole
        return str.__str__(value)

    def _container(self, value: Any) -> Any:
        if id(value) in self._open:
            raise _Loss("contains itself")
        if len(self._open) >= self._max_depth:
            raise _Loss(f"nested deeper than {self._max_depth} levels")
        self._open.add(id(value))
        try:
            return self._members(value)
        finally:
            self._open.discard(id(value))

    def _members(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self._object(list(value.items()))
        if isinstance(value, (Sequence, Set, deque)):
            return self._array(list(value))
        if hasattr(type(value), "__dataclass_fields__"):
            import dataclasses  # dear, and there is no dataclass without it

            return self._object([(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)])
        for method in ("model_dump", "tolist"):
            if callable(getattr(type(value), method, None)):
                return self.convert(getattr(value, method)())
        return self._foreign(value)

    def _object(self, items: list[tuple[Any, Any]]) -> dict[str, Any]:
        result = {}
        for key, item in items:
            name = key if type(key) is str else self._key(key)
            self._path.append(name)
            result[self._text(name)] = self.convert(item)
            self._path.pop()
        return result

    def _key(self, key: Any) -> str:
        text = self.convert(key)
        return text if isinstance(text, str) else to_json(text)

    def _array(self, items: Iterable[Any]) -> list[Any]:
        result = []
        for index, item in enumerate(items):
            self._path.append(str(index))
            result.append(self.convert(item))
            self._path.pop()
        return result

    def _foreign(self, value: Any) -> str:
        kind: Any = type(value)
        if isinstance(value, type) or (kind.__str__ is object.__str__ and kind.__repr__ is object.__repr__):
            raise _Loss(f"a {kind.__name__} is no JSON value")
        text = self._text(str(value))
        self._lose(f"a {kind.__name__}, kept as text")
        return text


def standard(value: Any) -> Any:
    """What an encoder may put in a value's place without loss; the walk gives the same for these types."""
    for types, rule in _RULES:
        if isinstance(value, types):
            return rule(value)
    raise TypeError


def _utf8(value: Any) -> str:
    try:
        return bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        raise _Loss("bytes that are not UTF-8") from None


def _integer(value: Any) -> int:
    whole = int(value)
    if abs(whole) >= _BEYOND_DOUBLE:
        raise _Loss("beyond the range of a double")
    return whole


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise _Loss("not a finite number")
    return number


def _decimal(value: decimal.Decimal) -> int | float:
    """An integral Decimal without an exponent keeps its digits, as 323 and 323.0 are different tokens."""
    return (_integer if value.is_finite() and value.as_tuple().exponent == 0 else _finite)(value)


# What a type becomes; the first row that fits. What no row names is a container, or foreign.
_RULES: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (enum.Enum, lambda value: value.value),
    (str, lambda value: value),
    (UserString, str),
    (numbers.Integral, _integer),
    (numbers.Real, _finite),
    (decimal.Decimal, _decimal),
    ((datetime.datetime, datetime.date, datetime.time), lambda value: value.isoformat()),
    (datetime.timedelta, lambda value: value.total_seconds()),
    (uuid.UUID, str),
    (os.PathLike, os.fsdecode),
    ((bytes, bytearray, memoryview), _utf8),
)
