"""Finding and loading the library."""

from __future__ import annotations

import ctypes.util
import subprocess
import sys
from pathlib import Path

import pytest

from libposthog import PostHogError, _library

SOURCE = Path(__file__).resolve().parents[1] / "src"


def test_importing_loads_nothing() -> None:
    program = "import libposthog; print('libposthog.so' in open('/proc/self/maps').read())"
    run = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, timeout=30
    )
    assert run.stdout == "False\n", run.stderr


# Modules of the standard library that take long to import, and that a first flag needs none of.
DEAR = "asyncio contextlib dataclasses datetime decimal inspect linecache logging platform typing urllib uuid".split()


def test_a_first_flag_brings_no_dear_module_and_no_thread() -> None:
    program = f"""
import sys, threading, libposthog
posthog = libposthog.Posthog("phc", mode="memory")
posthog.override_feature_flags({{"k": True}})
posthog.capture("e", distinct_id="u", properties={{"number": 1}})
print(posthog.get_feature_flag("k", "u"), sorted(set({DEAR!r}) & sys.modules.keys()), threading.active_count())
"""
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n{program}"],
        capture_output=True, text=True, timeout=30,
    )
    assert run.stdout == "True [] 1\n", run.stderr


def test_the_override_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIBPOSTHOG_PATH", "/somewhere/libposthog.so")
    assert _library.candidates() == ["/somewhere/libposthog.so"]
    monkeypatch.setenv("LIBPOSTHOG_PATH", "./libposthog.so")  # a daemon changes its folder
    assert _library.candidates() == [str(Path.cwd() / "libposthog.so")]
    monkeypatch.setenv("LIBPOSTHOG_PATH", "libposthog.so.1")  # the system's
    assert _library.candidates() == ["libposthog.so.1"]


def test_the_packaged_file_comes_before_the_system_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIBPOSTHOG_PATH", raising=False)
    assert _library.candidates() == [str(SOURCE / "libposthog" / "libposthog.so"), "libposthog.so"]


def test_a_failure_lists_every_path_and_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_library, "candidates", lambda: ["/nowhere/libposthog.so", "libposthog-missing.so"])
    with pytest.raises(PostHogError) as raised:
        _library._load()
    assert raised.value.code == "NOT_LOADED"
    for hint in ("/nowhere/libposthog.so: no such file", "libposthog-missing.so: ", "LIBPOSTHOG_PATH"):
        assert hint in raised.value.message


def test_another_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_library, "candidates", lambda: [ctypes.util.find_library("c")])
    with pytest.raises(PostHogError, match="posthog_abi_version"):
        _library._load()


def test_another_abi_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    path = _library.current().path
    monkeypatch.setattr(_library, "ABI_VERSION", 99)
    monkeypatch.setattr(_library, "candidates", lambda: [path])
    with pytest.raises(PostHogError, match="speaks ABI version 1, this package needs 99"):
        _library._load()


def test_the_library_knows_every_operation() -> None:
    header = (Path(__file__).resolve().parents[3] / "include" / "posthog.h").read_text(encoding="utf-8")
    declared = {
        line.split("int32_t posthog_")[1].split("(")[0]
        for line in header.splitlines()
        if line.startswith("POSTHOG_API int32_t posthog_")
    }
    assert declared - {"open", "flag_value"} == set(_library.OPERATIONS)


def test_a_private_copy_is_a_second_library() -> None:
    library = _library.current()
    copy = _library.private_copy(library)
    status, handle, _ = copy.open(b'{"api_key":"phc_copy","mode":"memory"}')
    assert status == _library.OK
    try:
        assert copy.call("stats", handle, b"{}")[0] == _library.OK
        assert library.call("stats", handle + 1000, b"{}")[0] < 0
    finally:
        copy.call("shutdown", handle, b'{"timeout_ms":0}')


def test_the_file_of_a_library_found_by_the_system_is_known() -> None:
    library = _library.current()
    expected, library.path = library.path, "libposthog.so"
    try:
        assert Path(_library._file_of(library)).samefile(expected)
    finally:
        library.path = expected
