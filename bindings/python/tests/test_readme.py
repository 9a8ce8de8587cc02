"""The README: its examples run, its tables are complete, and its shape is that of the other bindings."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT, SECRET_KEY, StandIn, run_program

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


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 6


def test_every_option_is_in_the_tables() -> None:
    assert [name for name in Options.__annotations__ if f"`{name}`" not in README] == []


def test_every_public_method_is_in_the_tables() -> None:
    methods = [name for name in vars(Posthog) if not name.startswith("_")]
    assert [name for name in methods if f"`{name}`" not in README and f"`{name}()`" not in README] == []


def test_the_module_offers_what_the_client_offers() -> None:
    own = {"stats", "drain", "captured", "register", "unregister", "set_enabled", "override_feature_flags"}
    methods = {name for name in vars(Posthog) if not name.startswith("_")}
    assert [name for name in sorted(methods - own) if not callable(getattr(libposthog, name, None))] == []


def test_the_headings_are_the_other_bindings() -> None:
    ruby = (ROOT / "bindings" / "ruby" / "README.md").read_text(encoding="utf-8")
    assert headings(README) == headings(ruby)
