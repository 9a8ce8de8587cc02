"""Python exceptions as the library takes them."""

from __future__ import annotations

import builtins
import linecache
import os
import sys
from collections import deque
from traceback import walk_stack, walk_tb
from types import FrameType, TracebackType
from typing import Any, Iterable, NamedTuple, Sequence

# The library keeps this many of each; more is not worth its way there.
_MAX_EXCEPTIONS = 50
_MAX_FRAMES = 64
# A group may hold many of the same; looking ends somewhere.
_MAX_MEMBERS = 1000

_CONTEXT_LINES = 5
_MAX_LINE = 1024

_OWN = os.path.dirname(__file__) + os.sep
_GROUP: Any = getattr(builtins, "BaseExceptionGroup", ())  # Python 3.11


class Application(NamedTuple):
    """What makes a frame the application's own, the options ``in_app_modules`` and ``project_root``, and where relative
    paths start."""

    modules: Sequence[str]
    root: str
    here: str

    def owns(self, path: str, module: Any) -> bool | None:
        """None leaves it to the service: neither installed nor under the root."""
        if any(str(module) == name or str(module).startswith(name + ".") for name in self.modules):
            return True
        if "/site-packages/" in path or "/dist-packages/" in path:
            return False
        return True if self.root and path.startswith(self.root) else None


def describe(error: BaseException, mechanism: dict[str, Any], application: Application) -> list[dict[str, Any]]:
    """An exception and what it came from, depth first: causes or contexts, then the members of a group."""
    chain: list[dict[str, Any]] = []
    seen: dict[int, BaseException] = {}

    def walk(current: BaseException, how: dict[str, Any]) -> None:
        if id(current) in seen or len(chain) == _MAX_EXCEPTIONS:
            return
        seen[id(current)] = current
        number = len(chain)
        chain.append(_entry(current, {**how, "exception_id": number}, application))
        link = {"type": "chained", "parent_id": number}
        source = "cause" if current.__suppress_context__ else "context"
        origin = getattr(current, f"__{source}__")
        if origin is not None:
            walk(origin, {**link, "source": source})
        for member in current.exceptions[:_MAX_MEMBERS] if isinstance(current, _GROUP) else ():
            walk(member, {**link, "source": "member"})

    walk(error, mechanism)
    return chain


def _entry(error: BaseException, mechanism: dict[str, Any], application: Application) -> dict[str, Any]:
    kind = type(error)
    stack = list(_stack(error.__traceback__))
    # Only the caught one is told where it was captured if it was never raised.
    synthetic = not stack and mechanism["exception_id"] == 0
    mechanism = {**mechanism, "synthetic": synthetic}
    number = getattr(error, "errno", None)
    if number is not None:
        mechanism["meta"] = {"errno": {"number": number}}
    if isinstance(error, _GROUP):
        mechanism["is_exception_group"] = True
    entry: dict[str, Any] = {
        "type": kind.__qualname__,
        "value": _message(error),
        "module": None if kind.__module__ == "builtins" else kind.__module__,
        "mechanism": mechanism,
    }
    frames = [_frame(frame, line, application) for frame, line in (_here() if synthetic else stack)]
    return {**entry, "frames": frames} if frames else entry


def _message(error: Any) -> str:
    """What it says; showing it is foreign code, which may raise."""
    try:
        return str(getattr(error, "message", "") or getattr(error, "detail", "") or error)
    except Exception:
        return f"<{type(error).__qualname__} that cannot be shown>"


def _stack(traceback: TracebackType | None) -> Iterable[tuple[FrameType, int]]:
    """From the entry point to the crash; of a long way the end."""
    return deque(walk_tb(traceback), maxlen=_MAX_FRAMES)


def _here() -> Iterable[tuple[FrameType, int]]:
    """The way to the call, for an exception that was never raised."""
    way = [step for step in walk_stack(sys._getframe()) if not step[0].f_code.co_filename.startswith(_OWN)]
    return way[:_MAX_FRAMES][::-1]


def _frame(frame: FrameType, line: int, application: Application) -> dict[str, Any]:
    code = frame.f_code
    path = os.path.normpath(os.path.join(application.here, code.co_filename))
    module = frame.f_globals.get("__name__")
    lines = linecache.getlines(code.co_filename, frame.f_globals)
    before, here, after = lines[max(0, line - 1 - _CONTEXT_LINES) : line - 1], lines[line - 1 : line], lines[line:]
    described = {
        "platform": "python",
        "filename": _relative(code.co_filename, module),
        "abs_path": path,
        "function": code.co_name,
        "module": module,
        "lineno": line,
        "pre_context": [_cut(text) for text in before],
        "context_line": _cut(here[0]) if here else None,
        "post_context": [_cut(text) for text in after[:_CONTEXT_LINES]],
    }
    own = application.owns(path, module)
    return described if own is None else {**described, "in_app": own}


def _relative(path: str, module: Any) -> str:
    """The path from the root of the module's package, as it is the same on every machine."""
    package = str(module).partition(".")[0]
    root = getattr(sys.modules.get(package), "__file__", None) if "." in str(module) else None
    if root is None:
        return path.rpartition("/")[2] if module else path
    return path.removeprefix(root.rpartition("/")[0].removesuffix(package))


def _cut(line: str) -> str:
    text = line.strip("\r\n").encode("utf-8", "replace")
    return (text if len(text) <= _MAX_LINE else text[: _MAX_LINE - 3] + b"...").decode("utf-8", "ignore")
