"""The package as a whole: it stays thin, and its version is the project's."""

from __future__ import annotations

import ast
import re

import pytest
from code_lines import code_lines
from conftest import ROOT, SOURCE

import libposthog

PACKAGE = SOURCE / "libposthog"

# Lines of code without types and comments.
BUDGET = 1500

# What belongs in the core, by the words it cannot do without.
PRODUCT_LOGIC = {
    "hashing": r"hashlib|\bsha1|\bmd5|crc32|\bxxhash",
    "rollout": r"rollout_percentage|rollout|variant_key|multivariate",
    "backoff": r"backoff|\bjitter|retry_after|retry-after|2 ?\*\* ?\w*attempt",
    "statuses to retry": r"\b(408|425|429|500|502|503|504)\b",
}


def test_the_binding_stays_within_its_budget() -> None:
    files = [file for file in PACKAGE.glob("*.py") if file.name not in ("_types.py", "_typing.py")]
    used = sum(code_lines(file.read_text(encoding="utf-8")) for file in files)
    assert used <= BUDGET


def test_the_count_leaves_out_types_and_comments_alone() -> None:
    source = '''"""A docstring."""
from typing import Any  # a comment

class Options(TypedDict):
    name: str

def call(
    first: int,
    second: str,
) -> None:
    """Another."""
    value: int
    total = (
        first
    )
'''
    assert code_lines(source) == 4  # the header of call, and the three lines that set total


@pytest.mark.parametrize("kind", PRODUCT_LOGIC)
def test_the_binding_holds_no_product_logic(kind: str) -> None:
    found = []
    for file in sorted(PACKAGE.glob("*.py")):
        code = ast.unparse(ast.parse(file.read_text(encoding="utf-8")))
        found += [(file.name, match[0]) for match in re.finditer(PRODUCT_LOGIC[kind], code, re.IGNORECASE)]
    assert found == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("hashing", "import hashlib"),
        ("rollout", "flag['rollout_percentage']"),
        ("backoff", "time.sleep(backoff)"),
        ("statuses to retry", "RETRY = {408, 503}"),
    ],
)
def test_product_logic_would_be_noticed(kind: str, code: str) -> None:
    assert re.search(PRODUCT_LOGIC[kind], code, re.IGNORECASE)


def test_the_version_is_the_projects() -> None:
    assert libposthog.VERSION == (ROOT / "VERSION").read_text(encoding="ascii").strip()


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


def imports_of(module: str) -> set[str]:
    """The modules of the package that one names, at any time and for types."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found |= {node.module} if node.module else {alias.name for alias in node.names}
    return found & {file.stem for file in PACKAGE.glob("*.py")}


def test_the_modules_import_each_other_one_way() -> None:
    left = {file.stem: imports_of(file.stem) for file in PACKAGE.glob("*.py")}
    while left:
        ends = [module for module, imported in left.items() if not imported & left.keys()]
        assert ends, f"a circle among {sorted(left)}"
        for module in ends:
            del left[module]


def test_the_functions_of_the_module_are_those_that_types_know() -> None:
    typed = re.findall(r"^    (\w+) = _of_client\(Posthog\.\1\)$", (PACKAGE / "__init__.py").read_text(), re.MULTILINE)
    assert libposthog._METHODS.split() == typed  # type: ignore[attr-defined]
