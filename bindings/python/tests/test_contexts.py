"""Contexts: what they put on events, what they inherit, whose they are."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import run_program

import libposthog
from libposthog import Posthog, PostHogError, contexts


@pytest.fixture
def posthog() -> Iterator[Posthog]:
    with Posthog("phc", mode="memory", debug=True) as client:
        yield client


def captured(posthog: Posthog) -> list[tuple[str, dict[str, Any]]]:
    """Who and what, without what is on every event."""
    own = ("a", "b", "$session_id", "$context_tags", "$process_person_profile")
    return [
        (event["distinct_id"], {name: event["properties"][name] for name in own if name in event["properties"]})
        for event in posthog.captured(clear=True)
    ]


def test_events_carry_tags_session_and_user(posthog: Posthog) -> None:
    with posthog.new_context():
        posthog.identify_context("user-1")
        posthog.set_context_session("session-1")
        posthog.tag("a", 1)
        posthog.tag("b", 1)
        posthog.capture("e", properties={"b": "own"})
        posthog.capture("f", distinct_id="user-2", properties={"$session_id": "own"})
    tags = ["a", "b"]
    assert captured(posthog) == [
        ("user-1", {"a": 1, "b": "own", "$session_id": "session-1", "$context_tags": tags}),
        ("user-2", {"a": 1, "b": 1, "$session_id": "own", "$context_tags": tags}),
    ]


def test_an_inner_context_inherits_and_its_own_end_with_it(posthog: Posthog) -> None:
    with posthog.new_context():
        posthog.identify_context("outer")
        posthog.tag("a", 1)
        with posthog.new_context():
            posthog.tag("b", 2)
            assert posthog.get_tags() == {"a": 1, "b": 2}
            posthog.identify_context("inner")
            posthog.capture("e")
        assert posthog.get_tags() == {"a": 1}
        with posthog.new_context(fresh=True):
            assert posthog.get_tags() == {}
            assert contexts.get_context_distinct_id() is None
        posthog.capture("f")
    assert [who for who, _ in captured(posthog)] == ["inner", "outer"]


def test_without_a_context_nothing_is_kept(posthog: Posthog) -> None:
    posthog.tag("a", 1)
    posthog.identify_context("user-1")
    posthog.capture("e")
    ((who, what),) = captured(posthog)
    assert who != "user-1"
    assert what == {"$process_person_profile": False}


def test_person_and_group_events_take_the_user_and_no_tags(posthog: Posthog) -> None:
    with posthog.new_context():
        posthog.identify_context("user-1")
        posthog.tag("a", 1)
        posthog.set(properties={"plan": "pro"})
        posthog.alias("before")
        posthog.group_identify("company", "acme")
    who = {event["event"]: event["distinct_id"] for event in posthog.captured()}
    assert who == {"$set": "user-1", "$create_alias": "before", "$groupidentify": "user-1"}
    assert all("a" not in event["properties"] for event in posthog.captured())
    assert posthog.captured()[1]["properties"]["alias"] == "user-1"


def test_properties_that_are_none_are_refused_as_outside_of_a_context(posthog: Posthog) -> None:
    bad: Any = 5
    with posthog.new_context(), pytest.raises(PostHogError, match="properties must be an object"):
        posthog.capture("e", distinct_id="u", properties=bad)


def test_flag_calls_take_user_and_device(posthog: Posthog) -> None:
    posthog.override_feature_flags({"k": True})
    with posthog.new_context():
        posthog.identify_context("user-1")
        posthog.set_context_device_id("device-1")
        assert posthog.get_feature_flag("k") is True
        assert posthog.evaluate_flags().distinct_id == "user-1"
        assert contexts.get_context_device_id() == "device-1"


def test_an_exception_that_leaves_is_captured_once_and_goes_on(posthog: Posthog) -> None:
    with pytest.raises(ValueError, match="out"), posthog.new_context(capture_exceptions=True):
        posthog.tag("a", 1)
        with posthog.new_context(capture_exceptions=True):
            raise ValueError("out")
    with pytest.raises(ValueError, match="quiet"), posthog.new_context():
        raise ValueError("quiet")
    ((_, what),) = captured(posthog)
    assert what["a"] == 1


def test_a_decorated_function_and_coroutine(posthog: Posthog) -> None:
    @posthog.scoped()
    def work(number: int) -> dict[str, Any]:
        posthog.tag("number", number)
        return posthog.get_tags()

    @libposthog.scoped(fresh=True)
    async def work_async(number: int) -> dict[str, Any]:
        libposthog.tag("number", number)
        await asyncio.sleep(0)
        return libposthog.get_tags()

    async def both() -> tuple[dict[str, Any], dict[str, Any]]:
        first, second = await asyncio.gather(work_async(1), work_async(2))
        return first, second

    with posthog.new_context():
        posthog.tag("a", 1)
        assert work(7) == {"a": 1, "number": 7}
        assert posthog.get_tags() == {"a": 1}
        assert asyncio.run(both()) == ({"number": 1}, {"number": 2})


def test_a_thread_has_none_of_another(posthog: Posthog) -> None:
    seen: list[dict[str, Any]] = []
    with posthog.new_context():
        posthog.tag("a", 1)
        thread = threading.Thread(target=lambda: seen.append(posthog.get_tags()))
        thread.start()
        thread.join()
    assert seen == [{}]


def test_a_forked_child_starts_without_one() -> None:
    program = """
import os
import libposthog
with libposthog.new_context():
    libposthog.tag("a", 1)
    pid = os.fork()
    if pid == 0:
        os._exit(len(libposthog.get_tags()))
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), libposthog.get_tags())
"""
    assert run_program(program) == "0 {'a': 1}\n"
