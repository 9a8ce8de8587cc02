"""Exceptions: what is told of them, and those that nobody catches."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import StandIn, run_program

from libposthog import Posthog
from libposthog._autocapture import Bucket
from libposthog._exceptions import Application


@pytest.fixture
def posthog() -> Iterator[Posthog]:
    with Posthog("phc", mode="memory", debug=True, project_root=str(Path(__file__).parent)) as client:
        yield client


def exceptions(posthog: Posthog) -> list[dict[str, Any]]:
    (event,) = posthog.captured(clear=True)
    listed: list[dict[str, Any]] = event["properties"]["$exception_list"]
    return listed


def caught(error: Exception) -> Exception:
    try:
        raise error
    except Exception as raised:
        return raised


def test_causes_and_contexts_are_linked(posthog: Posthog) -> None:
    def fail() -> None:
        try:
            try:
                dict[str, str]()["missing"]
            except KeyError:
                int("none")
        except ValueError as error:
            raise LookupError("no such thing") from error

    with pytest.raises(LookupError) as raised:
        fail()
    posthog.capture_exception(raised.value, distinct_id="u")
    links = [(entry["type"], entry["mechanism"]) for entry in exceptions(posthog)]
    assert links == [
        ("LookupError", {"type": "generic", "handled": True, "exception_id": 0, "synthetic": False}),
        ("ValueError", {"type": "chained", "parent_id": 0, "source": "cause", "exception_id": 1, "synthetic": False}),
        ("KeyError", {"type": "chained", "parent_id": 1, "source": "context", "exception_id": 2, "synthetic": False}),
    ]


def test_a_context_that_was_denied_is_left_out(posthog: Posthog) -> None:
    try:
        try:
            dict[str, str]()["missing"]
        except KeyError:
            raise ValueError("clean") from None
    except ValueError as error:
        posthog.capture_exception(error, distinct_id="u")
    assert [entry["type"] for entry in exceptions(posthog)] == ["ValueError"]


def test_an_exception_without_length_is_one(posthog: Posthog) -> None:
    class Failures(Exception):
        def __len__(self) -> int:
            return 0

    assert posthog.capture_exception(Failures("none"), distinct_id="u")
    assert [entry["value"] for entry in exceptions(posthog)] == ["none"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups came with Python 3.11")
def test_the_members_of_a_group_follow_it(posthog: Posthog) -> None:
    inner = ExceptionGroup("inner", [KeyError("c")])  # noqa: F821
    group = caught(ExceptionGroup("outer", [caught(ValueError("a")), inner, TypeError("b")]))  # noqa: F821
    posthog.capture_exception(group, distinct_id="u")
    told = exceptions(posthog)
    assert [(entry["type"], entry["mechanism"].get("parent_id"), entry["mechanism"].get("source")) for entry in told] == [
        ("ExceptionGroup", None, None),
        ("ValueError", 0, "member"),
        ("ExceptionGroup", 0, "member"),
        ("KeyError", 2, "member"),
        ("TypeError", 0, "member"),
    ]
    assert told[0]["mechanism"]["is_exception_group"] is True


def test_a_chain_without_end_is_cut(posthog: Posthog) -> None:
    error = ValueError("0")
    for number in range(1, 500):
        later = ValueError(str(number))
        later.__context__, error = error, later
    posthog.capture_exception(error, distinct_id="u")
    assert len(exceptions(posthog)) == 50


def test_one_that_was_never_raised_is_told_from_where_it_was_captured(posthog: Posthog) -> None:
    posthog.capture_exception(ValueError("made"), distinct_id="u")
    (entry,) = exceptions(posthog)
    frames = entry["stacktrace"]["frames"]
    assert entry["mechanism"]["synthetic"] is True
    assert frames[-1]["function"] == "test_one_that_was_never_raised_is_told_from_where_it_was_captured"
    assert (frames[-1]["filename"], frames[-1]["in_app"]) == ("test_exceptions.py", True)
    assert "ValueError" in frames[-1]["context_line"]


def test_the_number_of_an_os_error_is_told(posthog: Posthog) -> None:
    with pytest.raises(OSError) as raised:
        open("/nowhere/at/all")
    posthog.capture_exception(raised.value, distinct_id="u")
    assert exceptions(posthog)[0]["mechanism"]["meta"] == {"errno": {"number": 2}}


def test_a_line_is_cut_at_its_limit(posthog: Posthog, tmp_path: Path) -> None:
    file = tmp_path / "long.py"
    file.write_text("def fail():\n    raise ValueError('" + "ü" * 2000 + "')\n", encoding="utf-8")
    names: dict[str, Any] = {}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)
    with pytest.raises(ValueError) as raised:
        names["fail"]()
    posthog.capture_exception(raised.value, distinct_id="u")
    line = exceptions(posthog)[0]["stacktrace"]["frames"][-1]["context_line"]
    assert 1020 <= len(line.encode()) <= 1024
    assert line.endswith("...")


def test_one_that_cannot_be_looked_at_is_captured_by_its_type(posthog: Posthog) -> None:
    class Hostile(Exception):
        @property
        def errno(self) -> int:
            raise RuntimeError("no number for you")

    assert posthog.capture_exception(caught(Hostile("x")), distinct_id="u")
    (entry,) = exceptions(posthog)
    assert (entry["type"].rpartition(".")[2], entry["value"]) == ("Hostile", "")
    assert [record["code"] for record in posthog.drain()] == ["RAISED"]


def test_the_same_exception_is_captured_once(posthog: Posthog) -> None:
    error = caught(ValueError("once"))
    assert posthog.capture_exception(error, distinct_id="u")
    assert posthog.capture_exception((type(error), error, error.__traceback__), distinct_id="u") is None
    assert len(posthog.captured()) == 1


@pytest.mark.parametrize(
    ("path", "module", "own"),
    [
        ("/app/views.py", "views", True),
        ("/app/lib/site-packages/django/x.py", "django.x", False),
        ("/app/lib/site-packages/ours/x.py", "ours.x", True),
        ("/app/lib/site-packages/ours2/x.py", "ours2.x", False),
        ("/usr/lib/python3/json/decoder.py", "json.decoder", None),
    ],
)
def test_whose_a_frame_is(path: str, module: str, own: bool | None) -> None:
    assert Application(("ours",), "/app", "/app").owns(path, module) is own


AUTOCAPTURE = """
import sys, threading
from libposthog import Posthog
before, before_thread = sys.excepthook, threading.excepthook
posthog = Posthog(sys.argv[1], sys.argv[2], enable_exception_autocapture=True)
sys.stderr = sys.stdout
def fail():
    raise KeyError("in a thread")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
raise ValueError("uncaught")
"""


def test_what_nobody_catches_is_captured_and_shown_as_ever(standin: StandIn) -> None:
    program = AUTOCAPTURE.replace('raise ValueError("uncaught")', 'sys.excepthook(*caught())')
    program += '\n'
    program = program.replace(
        "sys.excepthook(*caught())",
        "try:\n    raise ValueError('uncaught')\nexcept ValueError:\n    sys.excepthook(*sys.exc_info())\n"
        "posthog.shutdown()\nassert (sys.excepthook, threading.excepthook) == (before, before_thread)",
    )
    shown = run_program(program, standin.token, standin.url)
    assert "KeyError: 'in a thread'" in shown
    assert "ValueError: uncaught" in shown
    told = {
        event["properties"]["$exception_list"][0]["value"]: (
            event["properties"]["$exception_level"],
            event["properties"]["$exception_source"],
            event["properties"]["$exception_list"][0]["mechanism"]["handled"],
        )
        for event in standin.events()
    }
    assert told == {
        "'in a thread'": ("error", "python.threading_excepthook", False),
        "uncaught": ("fatal", "python.sys_excepthook", False),
    }


def test_a_crash_delivers_its_exception(standin: StandIn) -> None:
    run = run_program(
        "import subprocess, sys\n"
        "print(subprocess.run([sys.executable, '-c', sys.argv[1], *sys.argv[2:]], capture_output=True).returncode)",
        AUTOCAPTURE,
        standin.token,
        standin.url,
    )
    assert run == "1\n"
    assert "uncaught" in [event["properties"]["$exception_list"][0]["value"] for event in standin.events()]


def test_hooks_that_came_later_stay() -> None:
    before, before_thread = sys.excepthook, threading.excepthook
    try:
        posthog = Posthog("phc", mode="memory", enable_exception_autocapture=True)
        later = lambda *told: None  # noqa: E731
        sys.excepthook = later
        posthog.shutdown()
        assert sys.excepthook is later
        assert threading.excepthook is before_thread
    finally:
        sys.excepthook, threading.excepthook = before, before_thread


def test_a_flood_of_one_type_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    bucket = Bucket(10, 1, 10)
    assert [bucket.take("ValueError") for _ in range(12)] == [True] * 10 + [False] * 2
    assert bucket.take("KeyError")
    now = 109.9
    assert not bucket.take("ValueError")
    now = 110.0
    assert [bucket.take("ValueError") for _ in range(2)] == [True, False]
    now = 1e6
    assert sum(bucket.take("ValueError") for _ in range(12)) == 10


def test_a_client_can_be_made_where_the_working_directory_is_gone(tmp_path: Path) -> None:
    program = """
import os, sys
from libposthog import Posthog
os.chdir(sys.argv[1])
os.rmdir(sys.argv[1])
with Posthog("phc", mode="memory") as posthog:
    print(posthog.capture_exception(ValueError("here"), distinct_id="u") is not None)
"""
    gone = tmp_path / "gone"
    gone.mkdir()
    assert run_program(program, str(gone)) == "True\n"
