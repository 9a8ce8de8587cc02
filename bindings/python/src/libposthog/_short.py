"""The short ways of the calls that are made most: one call of the library where nothing is unusual. What is goes the long
way, to the same end.

The class here is for ctypes. The accelerator has one in C, which takes its place where it was built.
"""

from __future__ import annotations

import os

from ._library import candidates
from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Callable, Iterable

    from typing_extensions import Unpack

    from ._arguments import CaptureOptions, FlagOptions
    from ._types import ID, FlagValue


class Client:
    """The short ways in Python."""

    # Functions of what a call was given, NotImplemented where it has to go the long way; None where every call does.
    _capture_now: Any = None
    _flag_now: Any = None
    _context: Callable[[], Any]

    def _bind(self, calls: Any, handle: int, events: bool, flags: bool, opened: list[bool], context: Any) -> None:
        """Go short ways to a client of a loaded library: for events, for flags. ``context`` gives the caller's, once one
        was ``opened``."""
        has_both = hasattr(calls, "short")  # the wasm engine has one for flags alone
        capture, flag = calls.short(handle) if has_both else (None, lambda *call: calls.flag_value(handle, *call))
        self._context, self._capture_now, self._flag_now = context, events and capture, flags and flag

    def capture(self, event: str, **options: Unpack[CaptureOptions]) -> str | None:
        """Queue one event."""
        if self._capture_now and self._context() is None:
            uuid = self._capture_now(event, options)
            if uuid is not NotImplemented:
                return uuid if type(uuid) is str else self._told("capture", *uuid).get("uuid")
        return self._capture_any(event, **options)

    def get_feature_flag(
        self, key: str, distinct_id: ID | None = None, *more: Any, **options: Unpack[FlagOptions]
    ) -> FlagValue | None:
        """True, False or a variant's name."""
        if self._flag_now and not more and self._context() is None:
            value: FlagValue | None = self._flag_now(key, distinct_id, options)
            if value is not NotImplemented:
                return value
        return self._get_feature_flag_any(key, distinct_id, *more, **options)

    def feature_enabled(
        self, key: str, distinct_id: ID | None = None, *more: Any, **options: Unpack[FlagOptions]
    ) -> bool | None:
        """Whether the flag is on or has a variant."""
        value = Client.get_feature_flag(self, key, distinct_id, *more, **options)
        return None if value is None else bool(value)

    if TYPE_CHECKING:  # the long ways

        def _capture_any(self, event: str, **options: Unpack[CaptureOptions]) -> str | None: ...
        def _told(self, op: str, status: int, reply: Any, lost: Iterable[str] = ()) -> dict[str, Any]: ...
        def _get_feature_flag_any(
            self, key: str, distinct_id: ID | None = None, *more: Any, **options: Unpack[FlagOptions]
        ) -> FlagValue | None: ...


# What a client derives from.
ShortWays = Client

if not TYPE_CHECKING and os.environ.get("LIBPOSTHOG_ACCELERATOR") != "0" and not candidates()[0].endswith(".wasm"):
    try:
        from ._accelerator import Client as ShortWays
    except ImportError:  # it was not built: whether that will do is said when the library is loaded
        pass
