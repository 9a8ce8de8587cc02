"""Finding and loading the shared library.

Nothing here runs at import: :func:`current` loads the library on its first call.
"""

from __future__ import annotations

import json
import os
import sys
import threading

from . import _values
from ._errors import PostHogError
from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from . import _accelerator, _ctypes, wasm

ABI_VERSION = 1

OK = 0
WOULD_WAIT = 2
CLOSED = -5
FORKED = -6

OPERATIONS = tuple(
    "capture identify alias group_identify set capture_exception capture_ai build enqueue register unregister"
    " evaluate_flags get_flag get_remote_config flag_called load_flags wait_ready set_flag_definitions"
    " get_flag_definitions override_flags captured flush stats drain set_enabled shutdown poll complete".split()
)

_FILE_NAME = "libposthog.dylib" if sys.platform == "darwin" else "libposthog.so"
_MODULE_NAME, _MODULE_SUFFIX = "posthog.wasm", ".wasm"


class Library:
    """One loaded copy of the library, called through the accelerator where there is one."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.calls = calls = _calls(path)
        found = calls.abi_version()
        if found != ABI_VERSION:
            raise OSError(f"{path} speaks ABI version {found}, this package needs {ABI_VERSION}")
        self.open, self.call, self.ask = calls.open, calls.call, calls.ask
        self._status_name = calls.status_name

    def error(self, status: int, reply: Any) -> PostHogError:
        """The exception for a failed call, from its decoded reply."""
        told: dict[str, str] = (reply or {}).get("error", {})
        code = told.get("code", self._status_name(status))
        return PostHogError(code, told.get("message", "the library gave no reason"))


def _calls(path: str) -> _ctypes.Calls | _accelerator.Calls | wasm.Calls:
    """The library at a path, a wasm module by its name. LIBPOSTHOG_ACCELERATOR decides how a shared library is called:
    0 through ctypes, 1 through the accelerator and not without it, anything else through whichever there is."""
    if path.endswith(_MODULE_SUFFIX):
        from . import wasm

        return wasm.Calls(path)
    wanted = os.environ.get("LIBPOSTHOG_ACCELERATOR")
    if wanted != "0":
        try:
            from . import _accelerator

            return _accelerator.Calls(path, OPERATIONS, _values.encode, _values.standard, json.loads)
        except ImportError as error:
            if wanted == "1":
                raise PostHogError("NOT_LOADED", f"LIBPOSTHOG_ACCELERATOR=1 insists on it: {error}") from error
    from . import _ctypes

    return _ctypes.Calls(path)


# lock guards _current and the move of sessions to it. A forked child gets a new one, because a thread that exists no
# longer may hold the old one.
lock = threading.RLock()
_current: Library | None = None


def _renew_lock() -> None:
    global lock
    lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


def current() -> Library:
    """The library of this process, loaded on the first call."""
    global _current
    with lock:
        if _current is None:
            _current = _load()
        return _current


def replacement(dead: Library) -> Library:
    """The library of a forked child, whose inherited copy answers FORKED for good."""
    global _current
    with lock:
        if _current is None or _current is dead:
            _current = private_copy(dead)
        return _current


def private_copy(library: Library) -> Library:
    """Load the library's file once more, under an identity of its own.

    The dynamic loader recognises a file by its inode, so the copy is an anonymous file in memory. Its path names this
    process, because the loader also compares names and a child's child inherits the list.
    """
    if library.path.endswith(_MODULE_SUFFIX):
        return Library(library.path)
    if not hasattr(os, "memfd_create"):
        raise PostHogError("FORKED", "this platform cannot load a second copy of the library in a forked child")
    try:
        with open(_file_of(library), "rb") as file, os.fdopen(os.memfd_create("libposthog"), "wb") as copy:
            copy.write(file.read())
            copy.flush()
            loaded = Library(f"/proc/{os.getpid()}/fd/{copy.fileno()}")
    except OSError as error:
        raise PostHogError("FORKED", f"no private copy of the library could be loaded: {error}") from error
    loaded.path = library.path
    return loaded


def _file_of(library: Library) -> str:
    """The file a library came from, also when the system's search path found it."""
    if os.sep in library.path:
        return library.path
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            path = line.rstrip("\n").partition("/")[2]
            if os.path.basename(path).startswith(library.path):
                return "/" + path
    raise OSError(f"the file of {library.path} was not found")


def candidates() -> list[str]:
    """What to try, in order. LIBPOSTHOG_PATH stands alone: a wrong override must not load something else.
    LIBPOSTHOG_ENGINE=wasm asks for the packaged module instead of a library."""
    override = os.environ.get("LIBPOSTHOG_PATH")
    here = os.path.dirname(os.path.realpath(__file__))
    if override:
        # A forked child reads the file once more, from wherever it is by then.
        return [os.path.abspath(override) if os.sep in override else override]
    if os.environ.get("LIBPOSTHOG_ENGINE") == "wasm":
        return [os.path.join(here, _MODULE_NAME)]
    return [os.path.join(here, _FILE_NAME), _FILE_NAME]


def _load() -> Library:
    failures = []
    for path in candidates():
        if os.sep in path and not os.path.exists(path):
            failures.append(f"{path}: no such file")
            continue
        try:
            return Library(path)
        except (OSError, AttributeError) as error:
            failures.append(f"{path}: {error}")
    raise PostHogError(
        "NOT_LOADED",
        f"no usable libposthog was found. Tried: {'; '.join(failures)}. Set LIBPOSTHOG_PATH to the library's file.",
    )
