"""The C accelerator answers as Python and ctypes do, byte for byte. The whole suite runs once through each; here they
stand side by side."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import gc
import json
import math
import os
import random
import re
import threading
import tracemalloc
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT, StandIn, run_program
from test_values import KEPT, LOST

from libposthog import Posthog, _ctypes, _library, _short, _values

if TYPE_CHECKING:
    from libposthog import _accelerator
elif os.environ.get("LIBPOSTHOG_ACCELERATOR") == "0":
    pytest.skip("runs without the accelerator", allow_module_level=True)
else:
    _accelerator = pytest.importorskip("libposthog._accelerator")


@pytest.fixture(scope="module")
def c() -> _accelerator.Calls:
    path = _library.current().path
    return _accelerator.Calls(path, _library.OPERATIONS, _values.encode, _values.standard, json.loads)


@pytest.fixture(scope="module")
def python() -> _ctypes.Calls:
    return _ctypes.Calls(_library.current().path)


def short_ways(calls: _accelerator.Calls | _ctypes.Calls, handle: int) -> _accelerator.Client | _short.Client:
    """Those of a client, without one."""
    ways = _accelerator.Client() if isinstance(calls, _accelerator.Calls) else _short.Client()
    ways._bind(calls, handle, True, True, [], lambda: None)
    return ways


class Number(enum.IntEnum):
    ONE = 1


class Name(str, enum.Enum):
    ADA = "ada"


class Subclassed(dict[str, Any]):
    pass


@dataclasses.dataclass
class Point:
    x: Any
    y: Any


class Raises:
    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


TEXTS = [
    *("", "plain", 'quote " and \\', "\0\1\x1f\x7f", "\b\f\n\r\t/"),
    *("é", "日本", "😀", "\u2028", "\ud800", "\ud83d\ude00"),
]
NUMBERS: list[Any] = [
    *(0, 1, -1, 2**31, -(2**63), 2**63 - 1, 2**63, 2**64, -(10**30), 10**308, 10**400),
    *(0.0, -0.0, 1.5, 323.0, 1e16, 1e22, 5e-324, 1.7976931348623157e308, 0.1, math.nan, math.inf, -math.inf),
]
OTHERS: list[Any] = [
    *(True, False, None, Number.ONE, Name.ADA, Raises(), object(), int, len),
    *(b"bytes", b"\xff", bytearray(b"b"), range(3), {1}, frozenset("a"), uuid.UUID(int=7)),
    *(decimal.Decimal("1.50"), decimal.Decimal("7"), decimal.Decimal("NaN"), datetime.timedelta(seconds=1)),
    *(datetime.datetime(2026, 8, 1, 10, tzinfo=datetime.timezone.utc), datetime.date(2026, 8, 1)),
    *(collections.OrderedDict(a=1), collections.defaultdict(list, a=[1]), Subclassed(a=1), collections.deque([1])),
]
KEYS: list[Any] = [*TEXTS, "a", "b", 1, 1.5, None, True, Name.ADA, Number.ONE, (1, 2), uuid.UUID(int=1)]


def some_value(choose: random.Random, depth: int = 0) -> Any:
    """Mostly what events hold, sometimes anything."""
    kind = choose.randrange(12 if depth < 5 else 8)
    if kind < 3:
        return choose.choice(TEXTS)
    if kind < 5:
        return choose.choice(NUMBERS)
    if kind == 5:
        return choose.choice([choose.randrange(-(2**70), 2**70), choose.uniform(-1e6, 1e6), choose.random() * 1e-10])
    if kind < 8:
        return choose.choice(OTHERS) if choose.random() < 0.3 else choose.choice([True, False, None])
    items = [some_value(choose, depth + 1) for _ in range(choose.randrange(5))]
    if kind == 8:
        return items
    if kind == 9:
        return tuple(items) if choose.random() < 0.8 else Point(items, items)
    names = KEYS if choose.random() < 0.2 else ["a", "b", "c", "é", 'q"']
    return {choose.choice(names): item for item in items}


@pytest.mark.parametrize("seed", range(20))
def test_generated_values_become_the_same_bytes(seed: int, c: _accelerator.Calls) -> None:
    choose = random.Random(seed)
    for _ in range(500):
        value = {"event": "e", "properties": some_value(choose)}
        text, lost = c.encode(value)
        assert (text, list(lost)) == _values.encode(value), value


def test_every_rule_gives_the_same_bytes(c: _accelerator.Calls) -> None:
    for value, *_ in [*KEPT, *LOST]:
        for shape in (value, {"properties": {"list": [0, value], "good": 1}}):
            text, lost = c.encode(shape)
            assert (text, list(lost)) == _values.encode(shape), shape


@pytest.mark.parametrize("levels", [99, 100, 101, 102, 5000])
def test_nesting_ends_at_the_same_level(levels: int, c: _accelerator.Calls) -> None:
    array: Any = 1
    mixed: Any = datetime.date(2026, 8, 1)
    for level in range(levels):
        array = [array]
        mixed = {"a": mixed} if level % 2 else (mixed,)
    for value in (array, mixed):
        text, lost = c.encode(value)
        assert (text, list(lost)) == _values.encode(value)


def test_cycles_end_in_the_same_place(c: _accelerator.Calls) -> None:
    loop: dict[str, Any] = {"a": 1}
    loop["self"] = [loop, Point(loop, 1)]
    text, lost = c.encode({"properties": loop})
    assert (text, list(lost)) == _values.encode({"properties": loop})


def test_a_value_that_changes_what_holds_it_does_no_harm(c: _accelerator.Calls) -> None:
    class Path(os.PathLike[str]):
        def __init__(self, change: Any) -> None:
            self.change = change

        def __fspath__(self) -> str:
            self.change()
            return "path"

    holder: dict[str, Any] = {"list": [1, 2, 3], "last": 1}
    holder["list"][1] = Path(lambda: [each.clear() for each in (holder["list"], holder)])
    assert json.loads(c.encode(holder)[0])["list"][:2] == [1, "path"]


def test_an_interrupt_is_no_value(c: _accelerator.Calls) -> None:
    class Path(os.PathLike[str]):
        def __fspath__(self) -> str:
            raise KeyboardInterrupt

    for encode in (c.encode, _values.encode):
        with pytest.raises(KeyboardInterrupt):
            encode({"path": Path()})


def documents() -> Iterator[Any]:
    """Every value of the conformance corpus."""
    for file in sorted((ROOT / "tests" / "cases").glob("*.json")):
        pending = [json.loads(file.read_text(encoding="utf-8"))]
        while pending:
            value = pending.pop()
            yield value
            if isinstance(value, (dict, list)):
                pending.extend(value.values() if isinstance(value, dict) else value)


def test_the_corpus_goes_in_and_out_the_same(c: _accelerator.Calls) -> None:
    seen = 0
    for value in documents():
        text, lost = _values.encode(value)
        assert c.encode(value)[0] == text
        assert lost == []
        assert repr(c.decode(text)) == repr(json.loads(text))
        seen += 1
    assert seen > 10000


@pytest.mark.parametrize(
    "text",
    [
        *("0", "-0", "-1", "999999999999999999", "-999999999999999999", "1000000000000000000", "1" * 400),
        *("1.0", "-1e5", "1E400", "true", "false", "null", '""', '"a\\u00e9\\n"', '"\\ud800"', "[]", "{}"),
        *('{"a":1,"a":2}', '[1,[2,{"b":[]}]]', '{"":{"é":"日本"}}', " [ 1 , 2 ] ", "[" * 150 + "]" * 150),
    ],
)
def test_replies_are_read_as_json_loads_reads_them(text: str, c: _accelerator.Calls) -> None:
    assert repr(c.decode(text.encode())) == repr(json.loads(text))


def test_names_that_come_again_stay_apart(c: _accelerator.Calls) -> None:
    """More names than there are places for, in and out of turn, and long ones."""
    names = [*(f"flag-{number}" for number in range(9000)), "", "é", *("x" * length for length in range(90, 110))]
    for order in (names, names[::-1], names[::7] * 2):
        text = json.dumps([{name: {name: 1}} for name in order], ensure_ascii=False, separators=(",", ":"))
        assert c.decode(text.encode()) == json.loads(text)


BROKEN = ["", "-", "tru", "nul", "[1", "[1,]", '{"a"', '{"a":}', "{1:2}", '"a', "1 2", "[1]]", "01"]


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_json_is_refused(text: str, c: _accelerator.Calls) -> None:
    with pytest.raises(json.JSONDecodeError):
        c.decode(text.encode())


OPENED = json.dumps({"api_key": "phc", "mode": "memory", "definitions": "push"}).encode()


def one_flag(key: str, **filters: Any) -> dict[str, Any]:
    everybody = {"groups": [{"properties": [], "rollout_percentage": 100}]}
    return {"id": 1, "key": key, "active": True, "filters": {**everybody, **filters}}


def variant(name: str) -> dict[str, Any]:
    return {"multivariate": {"variants": [{"key": name, "rollout_percentage": 100}]}}


PLAN = {"key": "plan", "value": ["pro"], "operator": "exact", "type": "person"}
FLAGS = [
    one_flag("on"),
    one_flag("off", groups=[{"properties": [], "rollout_percentage": 0}]),
    one_flag("plan", groups=[{"properties": [PLAN], "rollout_percentage": 100}]),
    *(one_flag(f"named {len(name)}", **variant(name)) for name in ("blue", "日本", 'a "q" name', "x" * 126, "x" * 200)),
]


def test_every_answer_is_the_same(c: _accelerator.Calls, python: _ctypes.Calls) -> None:
    """The same calls through both, on one client each: statuses, replies, losses, and flags by their fast path."""
    script: list[tuple[str, Any]] = [
        ("set_flag_definitions", {"flags": FLAGS}),
        ("capture", {"event": "e", "uuid": str(uuid.UUID(int=1)), "properties": {"bad": math.nan}}),
        ("capture", {"event": 1}),
        ("capture", {"event": "big", "properties": {"text": "x" * 2**20}}),
        ("capture", {"event": "huge", "properties": {"text": "x" * 2**22}}),
        ("identify", {}),
        ("register", {"properties": {"é": "😀", "n": 1.5}}),
        ("evaluate_flags", {"distinct_id": "u", "fields": ["value"], "timeout_ms": 0}),
        ("flush", {"timeout_ms": 10}),
        ("get_remote_config", {"key": "k"}),
        ("poll", {}),
        ("stats", {}),
    ]
    answers = []
    for calls in (c, python):
        assert calls.abi_version() == _library.ABI_VERSION
        status, handle, _ = calls.open(OPENED)
        assert status == _library.OK
        told: list[Any] = []
        for op, fields in script:
            for waits in (False, True):
                status, reply, lost = calls.ask(op, handle, fields, waits)
                for member in ("evaluated_at", "definitions_loaded_at", "definitions"):
                    reply.pop(member, None)
                told.append((op, status, calls.status_name(status), repr(reply), list(lost)))
                told.append(calls.call(op, handle, b"{", waits))
        flag_now = short_ways(calls, handle)._flag_now
        for flag in FLAGS:
            for user in ("u", "é", "", None, 7, "\ud800"):
                for properties in ({}, {"plan": "pro"}, {"plan": Raises()}):
                    options = {"person_properties": properties, "groups": None} if properties else {}
                    told.append((flag["key"], user, repr(flag_now(flag["key"], user, options))))
        told += [flag_now(7, "u", {}), short_ways(calls, 0)._flag_now("on", "u", {}), calls.ask("stats", 0, {})]
        calls.ask("shutdown", handle, {"timeout_ms": 0}, True)
        answers.append(told)
    assert answers[0] == answers[1]
    assert ("on", "u", "True") in answers[0] and ("named 4", "u", "'blue'") in answers[0]


def test_a_flag_has_the_value_of_the_long_way() -> None:
    with Posthog("phc", mode="memory", personal_api_key="phs") as client:
        client.set_flag_definitions({"flags": FLAGS})
        for flag in FLAGS:
            for properties in (None, {"plan": "pro"}):
                result = client.get_feature_flag_result(flag["key"], "u", person_properties=properties)
                value = client.get_feature_flag(flag["key"], "u", person_properties=properties)
                assert value == (result.get_value() if result else None)
        called = [event["properties"]["$feature_flag"] for event in client.captured()]
        assert sorted(called) == sorted({*called})
        assert {flag["key"] for flag in FLAGS} == {*called}


def test_the_suite_runs_as_it_was_told() -> None:
    assert issubclass(Posthog, _accelerator.Client)
    assert isinstance(_library.current().calls, _accelerator.Calls)


def test_a_loaded_library_needs_no_ctypes(standin: StandIn) -> None:
    program = """
import sys
from libposthog import Posthog
with Posthog(sys.argv[1], sys.argv[2]) as posthog:
    posthog.capture("e", distinct_id="u")
print("ctypes" in sys.modules)
"""
    assert run_program(program, standin.token, standin.url) == "False\n"
    assert run_program(program, standin.token, standin.url, LIBPOSTHOG_ACCELERATOR="0") == "True\n"


MISSING = """
import sys
sys.modules["libposthog._accelerator"] = None  # as if it had not been built
from libposthog import Posthog, PostHogError
try:
    with Posthog(sys.argv[1], sys.argv[2]) as posthog:
        posthog.capture("e", distinct_id="u")
    print("ctypes" in sys.modules)
except PostHogError as error:
    print(error)
"""


def test_a_missing_accelerator_is_missed_by_nobody_but_who_insists(standin: StandIn) -> None:
    assert run_program(MISSING, standin.token, standin.url, LIBPOSTHOG_ACCELERATOR="") == "True\n"
    assert [event["event"] for event in standin.events()] == ["e"]
    refused = run_program(MISSING, standin.token, standin.url, LIBPOSTHOG_ACCELERATOR="1")
    assert refused.startswith("NOT_LOADED: LIBPOSTHOG_ACCELERATOR=1 insists on it: ")


def test_waiting_gives_up_the_interpreter_lock(standin: StandIn) -> None:
    standin.fault({"action": "hang"}, repeat=True)
    with Posthog(standin.token, standin.url, shutdown_timeout_ms=1) as client:
        client.capture("e", distinct_id="u")
        flushing = threading.Thread(target=client.flush, args=(1,))
        flushing.start()
        turns = 0
        while flushing.is_alive():
            flushing.join(0.01)
            turns += 1
    # Were the lock kept, there would be the turns before and after the flush alone.
    assert turns > 10


def test_nothing_is_kept_of_a_call(c: _accelerator.Calls) -> None:
    _, handle, _ = c.open(OPENED)
    c.call("set_flag_definitions", handle, json.dumps({"flags": FLAGS}).encode())
    date = datetime.date(2026, 8, 1)
    client, posthog = short_ways(c, handle), Posthog("phc", mode="off")
    posthog.override_feature_flags({"on": True, "blue": "é"})
    values: list[dict[Any, Any]] = [{"a": [1.5, "x" * 5000, {"b": None}], "d": date}, {"bad": object()}, {1: 2}]

    def use() -> None:
        for value in values:
            c.encode(value)
            c.ask("stats", handle, value)
            c.ask("evaluate_flags", handle, {"distinct_id": "u"})
            client._flag_now("on", "u", {"person_properties": value})
        for options in ({"distinct_id": "u", "properties": {"a": [1.5]}}, {"distinct_id": 7, "timestamp": date}):
            posthog.capture("e", **options)
        for key in ("on", "blue", "gone"):
            posthog.get_feature_flag(key, "u", person_properties={"a": "b"}, send_feature_flag_events=False)
            posthog.feature_enabled(key, distinct_id="u", send_feature_flag_events=False)
        c.decode(b'{"a":[1,{"b":1.5}]}')
        with pytest.raises(json.JSONDecodeError):
            c.decode(b'{"a":[1,{"b":')
        with pytest.raises(KeyError):
            c.ask("unheard of", handle, {})

    tracemalloc.start()
    try:
        for _ in range(100):
            use()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(2000):
            use()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # One object kept in every turn would be 16 bytes at least.
    assert after - before < 16 * 2000


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


CAPTURES: list[tuple[Any, dict[str, Any]]] = [
    ("plain", {"distinct_id": "u", "properties": {"a": 1.0, "é": "日本"}, "groups": {"company": "acme"}}),
    ("all", {"timestamp": "2026-08-01T10:00:00Z", "uuid": str(uuid.UUID(int=1)), "disable_geoip": False}),
    ("none", {"distinct_id": None, "properties": None, "groups": None, "timestamp": None, "uuid": None}),
    ("converted", {"distinct_id": 7, "timestamp": datetime.datetime(2026, 8, 1, tzinfo=datetime.timezone.utc)}),
    ("converted", {"uuid": uuid.UUID(int=2), "properties": {"at": datetime.date(2026, 8, 1), "one": Number.ONE}}),
    ("lost", {"distinct_id": "u", "properties": {"bad": object(), "nan": math.nan}}),
    ("lost", {"distinct_id": "\ud800", "uuid": "no uuid", "timestamp": "no time"}),
    ("flags", {"distinct_id": "u", "flags": {"on": True}, "send_feature_flags": False}),
    ("refused", {"distinct_id": "u", "properties": {"text": "x" * 2**20}}),
    ("refused", {"distinct_id": "u", "properties": {"text": "x" * 2**22}}),
    ("refused", {"distinct_id": "u", "properties": 7}),
    *(("deep", {"distinct_id": "u", "properties": {"deep": nested(levels)}}) for levels in range(96, 102)),
    (7, {"distinct_id": "u"}),
    (None, {"distinct_id": "u"}),
    ("\ud800", {"distinct_id": "u"}),
]


def test_the_short_way_of_capture_ends_where_the_long_way_does() -> None:
    made_up = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f-]{17}|(?!2026-08-01)20\d\d-\d\d-\d\dT[^Z]+Z")
    ended = []
    for short in (True, False):
        with Posthog("phc", mode="memory") as client:
            capture = client.capture if short else client._capture_any
            ids = [capture(event, **options) for event, options in CAPTURES]
            told = [(record["code"], record["message"], record.get("count")) for record in client.drain()]
            made = [made_up.sub("*", json.dumps(event)) for event in client.captured()]
            client.set_enabled(False)
            ids.append(client.capture("opted out", distinct_id="u"))
            with pytest.raises(TypeError, match="unexpected keyword argument 'propertys'"):
                client.capture("e", propertys={})  # type: ignore[call-arg]
            stats = {name: count for name, count in client.stats().items() if name != "queue_bytes"}
        ids.append(client.capture("closed", distinct_id="u"))
        ended.append(([id is not None for id in ids], told, made, stats))
    assert ended[0] == ended[1]
    assert ended[0][0].count(True) == len(ended[0][2]) > 5
    assert "2026-08-01T10:00:00" in ended[0][2][1]
    assert str(uuid.UUID(int=1)) in ended[0][2][1]
