"""The client for asyncio: no method blocks the loop."""

from __future__ import annotations

import asyncio
import functools
import threading
from concurrent.futures import Future
from contextvars import copy_context
from types import TracebackType
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Mapping, TypeVar, cast
from weakref import WeakKeyDictionary

from ._base import Base
from ._client import Posthog

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec, Unpack

    from ._options import Options

    P = ParamSpec("P")

R = TypeVar("R")

# Calls that wait at the same time; more queue up.
_MAX_WAITING = 32


class _WouldWait(Exception):
    """The call has to wait and did nothing yet."""


async def _on_thread(perform: Callable[[], R]) -> R:
    """Run it on a thread of its own, which unlike an executor's does not hold up the end of the process."""
    outcome: Future[R] = Future()

    def run() -> None:
        if outcome.set_running_or_notify_cancel():
            try:
                outcome.set_result(perform())
            except BaseException as error:
                outcome.set_exception(error)

    threading.Thread(target=run, name="libposthog", daemon=True).start()
    return await asyncio.wrap_future(outcome)


def _threaded(method: Callable[Concatenate[Posthog, P], R]) -> Callable[Concatenate[AsyncPosthog, P], Awaitable[R]]:
    """A method that waits."""

    async def call(self: AsyncPosthog, /, *args: P.args, **options: P.kwargs) -> R:
        return await _on_thread(functools.partial(copy_context().run, method, self._patient(), *args, **options))

    functools.update_wrapper(call, method)
    return call


def _tried(method: Callable[Concatenate[Posthog, P], R]) -> Callable[Concatenate[AsyncPosthog, P], Awaitable[R]]:
    """A method that may wait: it is tried at once, and where that would wait it is run on a thread."""
    later = _threaded(method)

    async def call(self: AsyncPosthog, /, *args: P.args, **options: P.kwargs) -> R:
        try:
            # The methods of Posthog run on this class too: it differs from that in not waiting.
            return method(cast(Posthog, self), *args, **options)
        except _WouldWait:
            room = self._rooms.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_MAX_WAITING))
            async with room:
                return await later(self, *args, **options)

    functools.update_wrapper(call, method)
    return call


class AsyncPosthog(Base):
    """A PostHog client for asyncio, with the options of :class:`Posthog`. Methods that may wait are coroutines; capture
    and its kin are not and need no await."""

    def __init__(
        self, project_api_key: str | None = None, host: str | None = None, *more: Any, **options: Unpack[Options]
    ) -> None:
        self._rooms: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
        super().__init__(project_api_key, host, *more, **options)
        if self._sync:
            self._sync = False
            self._note("AsyncPosthog", "ARGUMENT", "sync_mode would block the loop: await capture_immediate instead")

    if TYPE_CHECKING:  # made below
        capture_immediate = _threaded(Posthog.capture_immediate)
        get_feature_flag = _tried(Posthog.get_feature_flag)  # type: ignore[assignment]
        feature_enabled = _tried(Posthog.feature_enabled)  # type: ignore[assignment]
        get_feature_flag_result = _tried(Posthog.get_feature_flag_result)
        get_feature_flag_payload = _tried(Posthog.get_feature_flag_payload)
        get_all_flags = _tried(Posthog.get_all_flags)
        get_all_flags_and_payloads = _tried(Posthog.get_all_flags_and_payloads)
        get_feature_variants = _tried(Posthog.get_feature_variants)
        get_feature_payloads = _tried(Posthog.get_feature_payloads)
        get_feature_flags_and_payloads = _tried(Posthog.get_feature_flags_and_payloads)
        evaluate_flags = _tried(Posthog.evaluate_flags)
        get_remote_config_payload = _tried(Posthog.get_remote_config_payload)
        load_feature_flags = _threaded(Posthog.load_feature_flags)
        wait_for_local_evaluation_ready = _threaded(Posthog.wait_for_local_evaluation_ready)
        drain = _threaded(Posthog.drain)
        flush = _threaded(Posthog.flush)
        shutdown = _threaded(Posthog.shutdown)
        join = _threaded(Posthog.join)

    # What the tried ones are made of.
    _get_feature_flag_any, _value, _flag = Posthog._get_feature_flag_any, Posthog._value, Posthog._flag
    _all_flags, _all_values = Posthog._all_flags, Posthog._all_values

    async def __aenter__(self) -> AsyncPosthog:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.shutdown()

    def _patient(self) -> Posthog:
        patient = Posthog.__new__(Posthog)
        patient.__dict__ = self.__dict__
        return patient

    def _wait(self, op: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        raise _WouldWait

    def _wait_for_sharing(self) -> None:
        if self._sharing is not None and not self._sharing.ready:
            raise _WouldWait


for _name in (
    "get_feature_flag feature_enabled get_feature_flag_result get_feature_flag_payload get_all_flags"
    " get_all_flags_and_payloads get_feature_variants get_feature_payloads get_feature_flags_and_payloads evaluate_flags get_remote_config_payload"
).split():
    setattr(AsyncPosthog, _name, _tried(getattr(Posthog, _name)))
for _name in "capture_immediate load_feature_flags wait_for_local_evaluation_ready drain flush shutdown join".split():
    setattr(AsyncPosthog, _name, _threaded(getattr(Posthog, _name)))

AsyncClient = AsyncPosthog
