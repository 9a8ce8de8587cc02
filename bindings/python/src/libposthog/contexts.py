"""Contexts: what a stretch of a program knows about its user, put on the events captured in it.

A context belongs to the thread, task or coroutine that opened it (it is a ``contextvars`` variable) and to what those
start inside it. A forked child starts without one.
"""

from __future__ import annotations

import functools
import os
from contextvars import ContextVar

from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any, Callable, Iterator, Protocol, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])

    class Client(Protocol):
        """What captures exceptions that leave a context."""

        enable_exception_autocapture: bool

        def capture_exception(self, exception: BaseException) -> str | None: ...


# Gives the client of the module, None where it is not to capture: set by the module.
module_client: Callable[[bool | None], Client | None] = lambda wanted: None


class Context:
    """One level. ``outer`` is what it inherits from, None for a fresh one."""

    def __init__(self, outer: Context | None) -> None:
        self.outer = outer
        self.distinct_id: str | None = None
        self.session_id: str | None = None
        self.device_id: str | None = None
        self.tags: dict[str, Any] = {}

    def find(self, name: str) -> str | None:
        """The innermost value."""
        level: Context | None = self
        while level is not None:
            value: str | None = getattr(level, name)
            if value is not None:
                return value
            level = level.outer
        return None

    def all_tags(self) -> dict[str, Any]:
        return {**(self.outer.all_tags() if self.outer else {}), **self.tags}

    def onto(self, event: dict[str, Any]) -> None:
        """Put tags, session and user on the input of an event; what the call says wins."""
        tags = self.all_tags()
        session_id = self.find("session_id")
        session = {} if session_id is None else {"$session_id": session_id}
        try:
            event["properties"] = {**tags, "$context_tags": list(tags), **session, **(event.get("properties") or {})}
        except Exception:  # what is no mapping, or raises when it is read, is left to the library
            pass
        if event.get("distinct_id") is None:
            event["distinct_id"] = self.find("distinct_id")


_current: ContextVar[Context | None] = ContextVar("libposthog", default=None)

current = _current.get

# Empty until there was a context: asking for that is cheaper than for the current one.
opened: list[bool] = []

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=functools.partial(_current.set, None))


def _find(name: str) -> str | None:
    context = current()
    return context.find(name) if context else None


def new_context(
    fresh: bool = False, capture_exceptions: bool | None = None, client: Client | None = None
) -> AbstractContextManager[None]:
    """A ``with`` block whose events carry what is set inside it. It inherits from the context around it unless
    ``fresh``. With ``capture_exceptions`` [the client's enable_exception_autocapture] an exception that leaves the block
    is captured by ``client`` [the module's] and goes on."""
    return _blocks()(fresh, capture_exceptions, client)


@functools.lru_cache
def _blocks() -> Callable[..., AbstractContextManager[None]]:
    from contextlib import contextmanager  # dear, and only needed here

    return contextmanager(_block)


def _block(fresh: bool, capture_exceptions: bool | None, client: Client | None) -> Iterator[None]:
    outer = current()
    opened[:] = (True,)
    _current.set(Context(None if fresh else outer))
    try:
        yield
    except Exception as error:
        _captured(error, capture_exceptions, client)
        raise
    finally:
        _current.set(outer)


def _captured(error: Exception, wanted: bool | None, client: Client | None) -> None:
    client = module_client(wanted) if client is None else client
    if client is not None and (client.enable_exception_autocapture if wanted is None else wanted):
        client.capture_exception(error)


def scoped(
    fresh: bool = False, capture_exceptions: bool | None = None, client: Client | None = None
) -> Callable[[Function], Function]:
    """A decorator that runs a function, or a coroutine function, in a context of its own."""

    def decorate(function: Any) -> Any:
        @functools.wraps(function)
        def run(*args: Any, **options: Any) -> Any:
            with new_context(fresh, capture_exceptions, client):
                return function(*args, **options)

        @functools.wraps(function)
        async def run_async(*args: Any, **options: Any) -> Any:
            with new_context(fresh, capture_exceptions, client):
                return await function(*args, **options)

        import inspect  # dear, and only needed here

        return run_async if inspect.iscoroutinefunction(function) else run

    return decorate


def tag(name: str, value: Any) -> None:
    """Put a property on every later event of the context. Outside of one it does nothing, as everything below."""
    context = current()
    if context is not None:
        context.tags[name] = value


def get_tags() -> dict[str, Any]:
    """The context's tags, with those it inherits; a copy."""
    context = current()
    return context.all_tags() if context else {}


def _set(name: str, value: str) -> None:
    context = current()
    if context is not None:
        setattr(context, name, value)


def identify_context(distinct_id: str) -> None:
    """The user of events and flag calls that name none."""
    _set("distinct_id", distinct_id)


def set_context_session(session_id: str) -> None:
    """``$session_id`` of the context's events."""
    _set("session_id", session_id)


def set_context_device_id(device_id: str) -> None:
    """``device_id`` of the context's flag calls."""
    _set("device_id", device_id)


def get_context_distinct_id() -> str | None:
    return _find("distinct_id")


def get_context_session_id() -> str | None:
    return _find("session_id")


def get_context_device_id() -> str | None:
    return _find("device_id")
