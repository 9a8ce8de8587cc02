"""The package as a whole: it stays thin, and its version is the project's."""

from __future__ import annotations

import ast

from conftest import ROOT, SOURCE

import libposthog

# Lines of code, without comments, docstrings and blank lines.
BUDGET = 1500


def code_lines(source: str) -> int:
    tree = ast.parse(source)
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.stmt, ast.expr)):
            lines |= {node.lineno, node.end_lineno or node.lineno}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines -= set(range(node.lineno, (node.end_lineno or 0) + 1))
    return len(lines)


def test_the_binding_stays_within_its_budget() -> None:
    used = sum(code_lines(file.read_text(encoding="utf-8")) for file in (SOURCE / "libposthog").glob("*.py"))
    assert used <= BUDGET


def test_the_version_is_the_projects() -> None:
    assert libposthog.VERSION == (ROOT / "VERSION").read_text(encoding="ascii").strip()


def test_the_package_is_typed() -> None:
    assert (SOURCE / "libposthog" / "py.typed").is_file()
