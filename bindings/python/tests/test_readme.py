"""The README: its examples run, its tables are complete, and its shape is that of the other bindings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, SECRET_KEY, SOURCE, StandIn, run_program

import libposthog
from libposthog import Options, Posthog

README = (ROOT / "bindings" / "python" / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def headings(text: str) -> list[str]:
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^## (.*)", prose, re.MULTILINE)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs(number: int, standin: StandIn) -> None:
    program = EXAMPLES[number]
    replacements = {
        "phc_your_project_key": standin.token,
        "https://us.i.posthog.com": standin.url,
        "phs_your_secret_key": SECRET_KEY,
    }
    for written, real in replacements.items():
        program = program.replace(written, real)
    run_program(program)
    assert standin.events() or 'mode="memory"' in program


def test_the_examples_are_typed(tmp_path: Path) -> None:
    for number, program in enumerate(EXAMPLES):
        (tmp_path / f"example_{number}.py").write_text(program, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--check-untyped-defs", "--warn-unused-ignores", "--cache-dir",
         str(ROOT / "build" / "mypy-examples"), "--no-error-summary", "."],
        cwd=tmp_path, env={**os.environ, "MYPYPATH": str(SOURCE)}, capture_output=True, text=True, timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 6


def test_every_option_is_in_the_tables() -> None:
    assert [name for name in Options.__annotations__ if f"`{name}`" not in README] == []


def test_every_public_method_is_in_the_tables() -> None:
    methods = [name for name in dir(Posthog) if not name.startswith("_") and name != "drain_library"]
    assert [name for name in methods if f"`{name}`" not in README] == []


def test_the_module_offers_what_the_client_offers() -> None:
    own = {
        "stats", "drain", "drain_library", "captured", "register", "unregister", "set_enabled", "enable", "disable",
        "override_feature_flags", "wait_for_local_evaluation_ready", "is_local_evaluation_ready", "get_flag_definitions",
        "set_flag_definitions", "get_feature_variants", "get_feature_payloads", "get_feature_flags_and_payloads",
    }
    methods = {name for name in dir(Posthog) if not name.startswith("_")}
    assert [name for name in sorted(methods - own) if not hasattr(libposthog, name)] == []


def test_the_headings_are_the_other_bindings() -> None:
    shared = ["Install and build", "Hello", "Options", "Methods", "Errors"]
    for binding in ("ruby", "node"):
        other = (ROOT / "bindings" / binding / "README.md").read_text(encoding="utf-8")
        assert [heading for heading in headings(other) if heading in shared] == shared
    assert [heading for heading in headings(README) if heading in shared] == shared
