"""Uncaught exceptions, captured on their way to the hooks of ``sys`` and ``threading``."""

from __future__ import annotations

import sys
import threading
import time

from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Mapping, Protocol

    class Client(Protocol):
        """What it captures with."""

        def _exception(
            self, error: BaseException, told: dict[str, Any], mechanism: dict[str, Any], options: Mapping[str, Any]
        ) -> str | None: ...


class Bucket:
    """Lets ``size`` of a kind through at once, and ``refill`` more in every interval."""

    def __init__(self, size: float, refill: float, interval: float) -> None:
        self._size, self._refill, self._interval = size, refill, interval
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, kind: str) -> bool:
        now = time.monotonic()
        left, since = self._left.get(kind, (self._size, now))
        periods = (now - since) // self._interval
        left = min(self._size, left + periods * self._refill)
        self._left[kind] = (left - (left >= 1), since + periods * self._interval)
        return left >= 1


class Autocapture:
    """The two hooks, from the making of a client to its shutdown. What was there before is called as ever."""

    def __init__(self, client: Client, bucket: Bucket | None) -> None:
        self._client = client
        self._bucket = bucket
        self._before, self._before_thread = sys.excepthook, threading.excepthook
        # Bound methods compare equal but are not the same: these are what stop looks for.
        self._hook, self._thread_hook = self._uncaught, self._uncaught_in_thread
        sys.excepthook, threading.excepthook = self._hook, self._thread_hook

    def start(self) -> None:
        """In a forked child the hooks are still there."""

    def stop(self, timeout: float) -> None:
        """Put back what was there, unless somebody came after."""
        if sys.excepthook is self._hook:
            sys.excepthook = self._before
        if threading.excepthook is self._thread_hook:
            threading.excepthook = self._before_thread
        self._bucket = Bucket(0, 0, 1)

    def _uncaught(self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        self._capture(error, "fatal", "python.sys_excepthook")
        self._before(kind, error, traceback)

    def _uncaught_in_thread(self, told: Any) -> None:
        self._capture(told.exc_value, "error", "python.threading_excepthook")
        self._before_thread(told)

    def _capture(self, error: BaseException | None, level: str, source: str) -> None:
        try:
            if error is not None and (self._bucket is None or self._bucket.take(type(error).__name__)):
                how = {"type": "onuncaughtexception", "handled": False}
                self._client._exception(error, {"level": level, "source": source}, how, {})
        except Exception:  # a hook that raises would hide what it was called for
            pass
