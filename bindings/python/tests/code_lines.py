"""Counting a module's code: its lines without types, comments, docstrings and blank lines."""

from __future__ import annotations

import ast
import io
import tokenize

_LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(source: str) -> int:
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _LAYOUT:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            # A header is one line: what makes it longer is its types.
            lines -= set(range(node.lineno + 1, node.body[0].lineno))
        elif isinstance(node, ast.stmt) and _is_no_code(node):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def _is_no_code(node: ast.stmt) -> bool:
    """Whether it is a docstring or there for types alone."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.ClassDef):
        return any(_name(base) in ("TypedDict", "Protocol") for base in node.bases)
    if isinstance(node, ast.If):
        return _name(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.AnnAssign):
        return node.value is None
    if isinstance(node, ast.ImportFrom):
        return node.module in ("typing", "_typing", "_types", "_arguments", "__future__")
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
        return _name(node.value.value) in ("Union", "Optional", "Callable", "Mapping")
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _name(node.value.func) == "TypeVar"


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
