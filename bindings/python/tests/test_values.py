"""Host values to JSON: every rule, and that nothing a value does comes out as an exception or as invalid JSON."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import math
import pathlib
import random
import uuid
from collections import OrderedDict, UserString, deque, namedtuple
from types import MappingProxyType
from typing import Any

import pytest

from libposthog import Posthog, _values


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Text(str):
    pass


class Model:
    """Shaped like a pydantic model."""

    def model_dump(self) -> dict[str, Any]:
        return {"id": uuid.UUID(int=1)}


class Array:
    """Shaped like a numpy array."""

    def tolist(self) -> list[int]:
        return [1, 2]


class Lazy:
    """Shaped like a translation that becomes text when it is shown."""

    def __str__(self) -> str:
        return "shown"


class Plain:
    pass


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no text for you")

    __repr__ = __str__


class Stubborn(int):
    """An integer that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no text for you")

    __str__ = __repr__


class HostileList(list[Any]):
    def __iter__(self) -> Any:
        raise RuntimeError("no elements for you")


class HostileClass:
    @property
    def __class__(self) -> Any:
        raise RuntimeError("no class for you")

    @__class__.setter
    def __class__(self, kind: Any) -> None: ...


class Endless:
    """Shaped like a model that contains itself, as a new one each time."""

    def model_dump(self) -> dict[str, Any]:
        return {"m": Endless()}


class HostileMapping(dict[str, Any]):
    def items(self) -> Any:
        raise RuntimeError("no items for you")


@dataclasses.dataclass
class Order:
    total: decimal.Decimal
    at: datetime.date


Point = namedtuple("Point", "x y")

UTC = datetime.timezone.utc

KEPT = [
    ("text", "text"),
    (Text("text"), "text"),
    (7, 7),
    (2**70, 2**70),
    (1.5, 1.5),
    (True, True),
    (None, None),
    ([1, [2]], [1, [2]]),
    ((1, 2), [1, 2]),
    (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
    (MappingProxyType({"a": 1}), {"a": 1}),
    ({1}, [1]),
    (frozenset({1}), [1]),
    (deque([1]), [1]),
    (range(2), [0, 1]),
    ({"a": 1}.keys(), ["a"]),
    (Point(1, 2), [1, 2]),
    (datetime.datetime(2026, 8, 1, 10, 0, tzinfo=UTC), "2026-08-01T10:00:00+00:00"),
    (datetime.datetime(2026, 8, 1, 10, 0, 0, 123456), "2026-08-01T10:00:00.123456"),
    (datetime.date(2026, 8, 1), "2026-08-01"),
    (datetime.time(10, 30), "10:30:00"),
    (datetime.timedelta(minutes=1.5), 90.0),
    (decimal.Decimal("19.99"), 19.99),
    (decimal.Decimal("323"), 323),
    (decimal.Decimal("323.0"), 323.0),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (pathlib.PurePosixPath("/a/b"), "/a/b"),
    (Colour.RED, "red"),
    (Level.HIGH, 3),
    (b"bytes", "bytes"),
    (bytearray(b"bytes"), "bytes"),
    (memoryview(b"bytes"), "bytes"),
    (Order(decimal.Decimal("1.5"), datetime.date(2026, 8, 1)), {"total": 1.5, "at": "2026-08-01"}),
    (Model(), {"id": "00000000-0000-0000-0000-000000000001"}),
    (Array(), [1, 2]),
    ({1: "a", None: "b", True: "c"}, {"1": "c", "null": "b"}),
    ({uuid.UUID(int=1): 1, (1, 2): 2}, {"00000000-0000-0000-0000-000000000001": 1, "[1,2]": 2}),
    ("\ud83d\ude00", "😀"),
    (UserString("text"), "text"),
    (Stubborn(7), 7),
    ({Stubborn(7): 1}, {"7": 1}),
]

LOST = [
    (math.nan, None, "not a finite number"),
    (math.inf, None, "not a finite number"),
    (decimal.Decimal("Infinity"), None, "not a finite number"),
    (decimal.Decimal("1e400"), None, "not a finite number"),
    (10**400, None, "beyond the range of a double"),
    (b"\xff", None, "bytes that are not UTF-8"),
    ("a\ud800b", "a\ufffdb", "a lone surrogate"),
    (Plain(), None, "a Plain is no JSON value"),
    (Plain, None, "a type is no JSON value"),
    (Lazy(), "shown", "a Lazy, kept as text"),
    (Hostile(), None, "raised while it was read"),
    (HostileMapping(a=1), None, "raised while it was read"),
    (HostileList([1]), None, "raised while it was read"),
    (HostileClass(), None, "raised while it was read"),
    (decimal.Decimal("sNaN"), None, "raised while it was read"),
    (10**5000, None, "beyond the range of a double"),  # more digits than Python itself turns into text
    (UserString("a\ud800b"), "a\ufffdb", "a lone surrogate"),
    (1 + 2j, "(1+2j)", "a complex, kept as text"),
]


@pytest.mark.parametrize(("value", "expected"), KEPT, ids=lambda case: type(case).__name__)
def test_a_value_is_kept(value: Any, expected: Any) -> None:
    text, lost = _values.encode({"value": value})
    decoded = json.loads(text)["value"]
    assert decoded == expected
    assert type(decoded) is type(expected)
    assert lost == []


@pytest.mark.parametrize(("value", "expected", "why"), LOST, ids=lambda case: type(case).__name__)
def test_a_loss_is_replaced_and_named(value: Any, expected: Any, why: str) -> None:
    text, lost = _values.encode({"properties": {"list": [0, value], "good": 1}})
    assert json.loads(text) == {"properties": {"list": [0, expected], "good": 1}}
    assert lost == [f"properties.list.1: {why}"]


def test_numbers_keep_their_token() -> None:
    assert _values.encode({"a": 323.0, "b": 323, "c": 0.1, "d": 1e16})[0] == b'{"a":323.0,"b":323,"c":0.1,"d":1e+16}'


def test_text_is_not_escaped() -> None:
    assert _values.encode({"é": "日本"})[0] == '{"é":"日本"}'.encode()


def test_a_cycle_ends() -> None:
    loop: dict[str, Any] = {"name": "loop"}
    loop["self"] = [loop, loop]
    text, lost = _values.encode({"properties": loop})
    assert json.loads(text) == {"properties": {"name": "loop", "self": [None, None]}}
    assert lost == ["properties.self.0: contains itself", "properties.self.1: contains itself"]


def test_the_same_value_twice_is_no_cycle() -> None:
    shared = {"a": datetime.date(2026, 8, 1)}
    text, lost = _values.encode([shared, shared])
    assert json.loads(text) == [{"a": "2026-08-01"}] * 2
    assert lost == []


@pytest.mark.parametrize("levels", [101, 150, 5000])
def test_nesting_stays_below_what_the_library_takes(levels: int) -> None:
    nested: list[Any] = []
    for _ in range(levels):
        nested = [nested]
    text, lost = _values.encode(nested)
    assert text.count(b"[") == _values.MAX_DEPTH
    assert len(lost) == 1
    assert lost[0].endswith("nested deeper than 100 levels")


def test_a_model_without_end_ends() -> None:
    text, lost = _values.encode({"v": Endless()})
    json.loads(text)
    assert len(lost) == 1
    assert lost[0].endswith("nested deeper than 100 levels")


def test_made_up_values_always_become_what_the_library_takes() -> None:
    """Every rule's values in each other, at random with a fixed seed: no exception, and JSON the library accepts."""
    chance = random.Random(1)
    leaves = [value for value, *_ in [*KEPT, *LOST]]

    def made(depth: int) -> Any:
        kind = chance.randrange(6) if depth else 9
        if kind == 0:
            return [made(depth - 1) for _ in range(chance.randrange(4))]
        if kind == 1:
            return {chance.choice(["a", "b", 1, None, "\ud800", (1, 2)]): made(depth - 1) for _ in range(3)}
        if kind == 2:
            return (made(depth - 1), made(depth - 1))
        return chance.choice(leaves)

    with Posthog("phc", mode="memory") as posthog:
        for _ in range(2000):
            assert posthog.capture("e", distinct_id="u", properties={"v": made(4)})
        assert posthog.stats()["invalid"] == 0


def test_brackets_in_text_are_no_nesting() -> None:
    text, lost = _values.encode({"code": "[" * 1000})
    assert json.loads(text) == {"code": "[" * 1000}
    assert lost == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("user-1", "user-1"),
        (42, "42"),
        (1.5, "1.5"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Colour.RED, "red"),
        (None, None),
        (Hostile(), None),
    ],
)
def test_an_identifier_is_text(value: Any, expected: str | None) -> None:
    assert _values.identifier(value) == expected
