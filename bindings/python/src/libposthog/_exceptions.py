"""Python exceptions as the library takes them."""

from __future__ import annotations

import linecache
import sys
import sysconfig
from collections import deque
from types import FrameType, TracebackType
from typing import Any

# The library keeps this many of each; more is not worth its way there.
_MAX_EXCEPTIONS = 50
_MAX_FRAMES = 64

_CONTEXT_LINES = 5

_STANDARD_LIBRARY = sysconfig.get_path("stdlib")


def describe(error: BaseException) -> list[dict[str, Any]]:
    """An exception and what it came from, the caught one first."""
    chain: list[dict[str, Any]] = []
    seen: dict[int, None] = {}
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(chain) < _MAX_EXCEPTIONS:
        seen[id(current)] = None
        chain.append(_entry(current))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain


def _entry(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    try:
        value = str(error)
    except Exception:  # an exception's __str__ is foreign code
        value = ""
    return {
        "type": kind.__qualname__,
        "value": value,
        "module": kind.__module__,
        "mechanism": {"type": "generic", "handled": True},
        "frames": _frames(error.__traceback__),
    }


def _frames(traceback: TracebackType | None) -> list[dict[str, Any]]:
    """From the entry point to the crash; of a long way the end."""
    last: deque[tuple[FrameType, int]] = deque(maxlen=_MAX_FRAMES)
    while traceback is not None:
        last.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return [_frame(frame, line) for frame, line in last]


def _frame(frame: FrameType, line: int) -> dict[str, Any]:
    code = frame.f_code
    module = frame.f_globals.get("__name__")
    lines = linecache.getlines(code.co_filename, frame.f_globals)
    return {
        "platform": "python",
        "filename": _relative(code.co_filename, module),
        "abs_path": code.co_filename,
        "module": module,
        "function": getattr(code, "co_qualname", code.co_name),
        "lineno": line,
        "in_app": _in_app(code.co_filename),
        "pre_context": _text(lines[max(0, line - 1 - _CONTEXT_LINES) : line - 1]),
        "context_line": "".join(_text(lines[line - 1 : line])),
        "post_context": _text(lines[line : line + _CONTEXT_LINES]),
    }


def _relative(path: str, module: Any) -> str:
    """The path from the root of the module's package, as it is the same on every machine."""
    package = str(module).partition(".")[0]
    root = getattr(sys.modules.get(package), "__file__", None) if "." in str(module) else None
    if root is None:
        return path.rpartition("/")[2]
    return path.removeprefix(root.rpartition("/")[0].removesuffix(package))


def _in_app(path: str) -> bool:
    installed = "/site-packages/" in path or "/dist-packages/" in path
    return not installed and not path.startswith((_STANDARD_LIBRARY, "<frozen"))


def _text(lines: list[str]) -> list[str]:
    return [line.rstrip("\n") for line in lines]
