"""Threads that keep a client company, where an option asks for one. A forked child starts its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Awaitable
from typing import Any, Callable, Mapping, Protocol

from ._errors import PostHogError


class Client(Protocol):
    """What they keep company, and what they do with it: any of it may wait."""

    def stats(self) -> dict[str, Any]: ...
    def drain_library(self, seconds: float) -> list[dict[str, Any]]: ...
    def get_flag_definitions(self) -> dict[str, Any] | None: ...
    def set_flag_definitions(self, definitions: Mapping[str, Any]) -> None: ...
    def _wait(self, op: str, fields: Mapping[str, Any]) -> dict[str, Any]: ...
    def _note(self, op: str, code: str, message: str) -> None: ...


class FlagDefinitionCacheProvider(Protocol):
    """Shares flag definitions between processes. Each method may be a coroutine function; one that raises is logged."""

    def should_fetch_flag_definitions(self) -> Any:
        """Whether this process is to ask the service."""

    def get_flag_definitions(self) -> Any:
        """The shared definitions, or None."""

    def on_flag_definitions_received(self, data: dict[str, Any]) -> Any:
        """New definitions came from the service."""

    def shutdown(self) -> Any:
        """The client ends."""


class _Companion:
    """A daemon thread, from the making of a client to its end: ``_run``, which looks at the two events."""

    _run: Callable[[], None]

    def __init__(self, client: Client) -> None:
        self._client = client
        self.start()

    def start(self) -> None:
        self._ended, self._asked = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="libposthog", daemon=True)
        self._thread.start()

    def stop(self, timeout: float) -> None:
        self._ended.set()
        self._asked.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout)


class Drainer(_Companion):
    """Gives drops and errors to ``on_error``, on this thread and with no lock held."""

    def __init__(self, client: Client, on_error: Callable[[Exception, list[dict[str, Any]]], Any]) -> None:
        self._on_error = on_error
        super().__init__(client)

    def _run(self) -> None:
        last = False
        while not last:
            last = self._ended.is_set()
            for record in self._client.drain_library(0 if last else 1):
                if record["kind"] in ("drop", "error"):
                    self._tell(record)

    def _tell(self, record: Mapping[str, Any]) -> None:
        events = [{"uuid": uuid} for uuid in record.get("uuids") or ()]
        try:
            self._on_error(PostHogError(record.get("reason") or record["code"], record["message"]), events)
        except Exception as error:
            self._client._note("on_error", "RAISED", type(error).__name__)


class DefinitionSharing(_Companion):
    """Keeps the flag definitions in step with a cache provider, in place of the library's own polling."""

    def __init__(self, client: Client, provider: FlagDefinitionCacheProvider, interval: float) -> None:
        self._provider = provider
        self._interval = interval
        super().__init__(client)

    def start(self) -> None:
        self._rounds = threading.Condition()
        self._done = 0
        self._process = os.getpid()
        super().start()

    @property
    def ready(self) -> bool:
        """Whether there was a first round in this process."""
        return self._done > 0 and self._process == os.getpid()

    def wait(self, timeout: float, more: int = 0) -> bool:
        """Wait for the first round; with ``more``, for that many from now on, the next of which starts at once."""
        if self._process != os.getpid():
            self._client.stats()  # its first use in a forked child starts the thread
        with self._rounds:
            target = max(1, self._done + more)
            if more:
                self._asked.set()
            return self._rounds.wait_for(lambda: self._done >= target, timeout)

    def _run(self) -> None:
        import asyncio  # dear, and only needed here

        self._loop = asyncio.new_event_loop()
        self._stored: Any = None
        while not self._ended.is_set():
            self._asked.clear()
            self._round()
            with self._rounds:
                self._done += 1
                self._rounds.notify_all()
            self._asked.wait(self._interval)
        self._ask("shutdown", None)
        self._loop.close()

    def _round(self) -> None:
        if not self._ask("should_fetch_flag_definitions", True):
            data = self._ask("get_flag_definitions", None)
            if data:
                self._client.set_flag_definitions(data)
            if data or self._client.get_flag_definitions():
                return
        if "flags" in self._client._wait("load_flags", {}):
            fetched = self._client.get_flag_definitions()
            if fetched and fetched != self._stored:
                self._stored = fetched
                self._ask("on_flag_definitions_received", None, fetched)

    def _ask(self, method: str, otherwise: Any, *arguments: Any) -> Any:
        try:
            answer = getattr(self._provider, method)(*arguments)
            return self._loop.run_until_complete(answer) if isinstance(answer, Awaitable) else answer
        except Exception as error:
            self._client._note("flag_definition_cache_provider", "RAISED", f"{method}: {type(error).__name__}")
            return otherwise
