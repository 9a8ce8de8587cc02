"""One client of the library, carried across fork and to the end of the process."""

from __future__ import annotations

import atexit
import json
import os
import sys
import time

from . import _library, _values
from ._errors import PostHogError
from ._library import Library
from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Callable, Mapping, Protocol, Sequence

    # A handle, and the copy of the library it belongs to.
    Seat = tuple[Library, int]

    class Companion(Protocol):
        """What runs beside the library for one client."""

        def start(self) -> None: ...
        def stop(self, timeout: float) -> None: ...

# Operations that wait for the network or for time, as far as their timeout lets them.
_WAITING = frozenset({"flush", "shutdown", "load_flags", "wait_ready"})


class Session:
    """A client by its handle.

    A forked child finds its inherited library answering FORKED. The session then opens the same client in the child's
    own copy: the queue is empty, since the parent still owns what it captured, and what the process had decided (super
    properties, opt-out, overrides, pushed definitions) is told to the copy again. ``fork_copy=False`` leaves every call
    in a child at FORKED instead.
    """

    def __init__(
        self,
        options: bytes,
        seated: Callable[[Any, int], None] = lambda calls, handle: None,
        *,
        fork_copy: bool = True,
        exit_timeout_ms: int = 2000,
    ) -> None:
        self._options = options
        self._seated = seated
        self._fork_copy = fork_copy
        self.exit_timeout_ms = exit_timeout_ms
        self._closed = False
        self._decisions = _Decisions()
        # What keeps the client company: started again in a child, stopped after shutdown.
        self.companions: list[Companion] = []
        self._sit(*self._take_seat(_library.current()))
        _exit.add(self)

    def call(self, op: str, body: bytes, *, waits: bool | None = None) -> tuple[int, bytes]:
        """Perform an operation: status and reply. ``waits`` gives up the interpreter lock for the call; left out, the
        operation's name decides."""
        status, reply = self._perform("call", op, body, waits)
        if op in _Decisions.OPERATIONS and status == _library.OK:
            self._decisions.remember(op, body)
        return status, reply if type(reply) is bytes else json.dumps(reply).encode()

    def ask(self, op: str, fields: Mapping[str, Any], *, waits: bool | None = None) -> tuple[int, Any, Sequence[str]]:
        """As call, with the input as a value: status, decoded reply, and where the input lost something."""
        if op in _Decisions.OPERATIONS:
            body, lost = _values.encode(fields)
            status, reply = self.call(op, body)
            return status, json.loads(reply), lost
        status, reply, lost = self._perform("ask", op, fields, waits)
        return status, reply, lost

    def _perform(self, how: str, op: str, given: Any, waits: bool | None) -> Any:
        """The library's call or ask; in a child that has not got its copy yet, in that."""
        waits = op in _WAITING if waits is None else waits
        seat = library, handle = self._seat
        answer = _enter(waits, getattr(library, how), op, handle, given, waits)
        if answer[0] != _library.FORKED:
            return answer
        try:
            library, handle = self._move(seat)
        except PostHogError as error:
            told = {"error": {"code": error.code, "message": error.message}}
            return _library.CLOSED if error.code == "CLOSED" else _library.FORKED, told, *answer[2:]
        return _enter(waits, getattr(library, how), op, handle, given, waits)

    def _sit(self, library: Library, handle: int) -> None:
        """Take a seat, and tell whoever goes to the library without this class."""
        self._seat: Seat = library, handle
        self._seated(library.calls, handle)

    def shutdown(self, fields: Mapping[str, Any], at_exit: bool = False) -> tuple[int, Any]:
        """End the client. In a child that never used it there is nothing to send, and no copy is loaded for that."""
        self._closed = True
        _exit.discard(self)
        status, reply, _ = _enter(not at_exit, self._seat[0].ask, "shutdown", self._seat[1], fields, True)
        if status == _library.FORKED:
            return _library.OK, {"delivered": 0, "dropped": 0, "pending": 0}
        for companion in self.companions:
            companion.stop(timeout=1)
        return status, reply

    def error(self, status: int, reply: Any) -> PostHogError:
        return self._seat[0].error(status, reply)

    def _move(self, left: Seat) -> Seat:
        """Open the client in the child's own copy, once for all its threads."""
        if self._closed:
            raise PostHogError("CLOSED", "the client was shut down")
        if not self._fork_copy:
            raise PostHogError("FORKED", "this process is a fork of the one that made the client")
        with _library.lock:
            if self._seat is left:
                library, handle = self._take_seat(_library.replacement(left[0]))
                for op, body in self._decisions.bodies():
                    library.call(op, handle, body)
                self._sit(library, handle)
                _exit.add(self)
                for companion in self.companions:
                    companion.start()
            return self._seat

    def _take_seat(self, library: Library) -> Seat:
        status, handle, reply = library.open(self._options)
        if status == _library.FORKED and self._fork_copy:
            library = _library.replacement(library)
            status, handle, reply = library.open(self._options)
        if status != _library.OK:
            raise library.error(status, json.loads(reply) if reply else None)
        return library, handle


def _enter(waits: bool, call: Callable[..., Any], *given: Any) -> Any:
    """Make a call. One that waits is made on a thread of gevent's pool where that runs this one: here it would hold up
    every other greenlet."""
    find_hub = getattr(sys.modules.get("gevent._hub_local"), "get_hub_if_exists", None) if waits else None
    hub = find_hub() if find_hub else None
    if hub is None or hub is sys.modules["greenlet"].getcurrent():
        return call(*given)
    return hub.threadpool.apply(call, given)


class _Decisions:
    """What a process told a client for good, as a child has to tell its own copy."""

    LATEST = ("set_enabled", "override_flags", "set_flag_definitions")
    OPERATIONS = frozenset({*LATEST, "register", "unregister"})

    def __init__(self) -> None:
        self._latest: dict[str, bytes] = {}
        self._registered: dict[str, Any] = {}
        self._unregistered: dict[str, None] = {}

    def remember(self, op: str, body: bytes) -> None:
        if op == "register":
            self._registered.update(json.loads(body).get("properties") or {})
        elif op == "unregister":
            for key in json.loads(body).get("keys") or ():
                self._registered.pop(key, None)
                self._unregistered[key] = None
        else:
            self._latest[op] = body

    def bodies(self) -> list[tuple[str, bytes]]:
        """The calls that repeat every decision; unregister comes first, because what was registered later stands."""
        calls = []
        if self._unregistered:
            calls.append(("unregister", json.dumps({"keys": list(self._unregistered)}).encode()))
        if self._registered:
            calls.append(("register", json.dumps({"properties": self._registered}).encode()))
        return calls + list(self._latest.items())


class _Exit:
    """Shuts down what is still open when the process ends, within one deadline for all of it."""

    def __init__(self) -> None:
        # A dropped client still owes its events, so its session is kept alive here.
        self._sessions: dict[Session, None] = {}
        self._armed_for = 0

    def add(self, session: Session) -> None:
        self._sessions[session] = None
        if self._armed_for != os.getpid():
            self._arm()

    def discard(self, session: Session) -> None:
        self._sessions.pop(session, None)

    def _arm(self) -> None:
        if not self._armed_for:
            atexit.register(self.run)
        self._armed_for = os.getpid()
        util = sys.modules.get("multiprocessing.util")
        if util:
            # Children of multiprocessing end without atexit, but run the finalizers they registered since they began,
            # which those of a fork server do after they imported the main module.
            util.register_after_fork(self, lambda exit: util.Finalize(None, exit.run, exitpriority=0))
            if util.process.parent_process() is not None:
                util.Finalize(None, self.run, exitpriority=0)

    def run(self) -> None:
        start = time.monotonic()
        for session in list(self._sessions):  # all send at once: one that waits takes no time from the others
            library, handle = session._seat
            library.ask("flush", handle, {"timeout_ms": 0}, False)
        for session in list(self._sessions):
            left = session.exit_timeout_ms - int((time.monotonic() - start) * 1000)
            session.shutdown({"timeout_ms": max(left, 0)}, at_exit=True)


_exit = _Exit()
