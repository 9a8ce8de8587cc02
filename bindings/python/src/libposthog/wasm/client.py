"""One client, its clock and its requests: sections 5 and 6."""

from __future__ import annotations

import json
import secrets
import threading
import time
from queue import SimpleQueue
from typing import Any, Mapping

from .instance import PANIC, PENDING, Instance, failure
from .transport import ENCODINGS, Transport

# Operations that may add an event. They bound what a trap costs between two looks at the ledger.
_EVENTS = frozenset(
    "capture identify alias group_identify set capture_exception capture_ai enqueue flag_called get_flag".split()
)


class Client:
    """One client, and the thread that polls for it, performs its requests and sleeps.

    A client opened with ``"io":"host"`` has no thread. Whoever opened it is the driver, and says what time it is.
    """

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._number = 0
        self._driven = True
        self._now_ms = 0
        self._transport: Transport | None = None
        self._ended = False
        # Tells the thread that a call may have moved what is next.
        self._changed = threading.Event()
        # A place for each ticket's answer.
        self._waiting: dict[int, SimpleQueue[tuple[int, bytes]]] = {}
        # Bounds the events in the module: those of the last look at the ledger, and one for each call since.
        self.undelivered = 0

    def open(self, options: bytes) -> tuple[int, bytes]:
        given = _object(options)
        self._driven = given.get("io") != "host"
        self._clock(given)
        if self._driven and options.strip().startswith(b"{"):
            # Of equal names the last counts: what the caller gave stays.
            own = json.dumps({"entropy": secrets.token_hex(32), "encodings": ENCODINGS}).encode()
            rest = options.strip()[1:]
            options = own[:-1] + (b"" if rest.lstrip().startswith(b"}") else b",") + rest
        with self._instance.lock:
            status, reply, _ = self._instance.call("open", 0, options, self._now_ms)
            if status != 0:
                return status, reply
            self._number = json.loads(reply)["client"]
            self._instance.clients.append(self)
        if self._driven:
            self._transport = Transport(given)
            threading.Thread(target=self._drive, name="libposthog", daemon=True).start()
        return status, reply

    def call(self, op: str, body: bytes) -> tuple[int, bytes]:
        answer = None
        with self._instance.lock:
            self._clock({} if self._driven else _object(body))
            self.undelivered += op in _EVENTS
            status, reply, sent = self._instance.call(op, self._number, body, self._now_ms)
            if status == PENDING and self._driven:
                answer = self._waiting[json.loads(reply)["ticket"]] = SimpleQueue()
        if self._driven:
            self._changed.set()
        if answer is not None:
            return answer.get()
        return status, _with_body(reply, sent) if sent else reply

    def flag_value(self, query: tuple[bytes, int, bytes, int, bytes, int]) -> bytes:
        """The JSON of a flag's value; empty where get_flag has to be asked, for whatever reason."""
        with self._instance.lock:
            self._clock({} if self._driven else _object(query[4]))
            self.undelivered += 1  # where the instance is lost in this very call, so is the event
            value, recorded = self._instance.flag_value(self._number, query, self._now_ms)
            self.undelivered -= not recorded
        if self._driven and recorded:
            self._changed.set()
        return value

    def end(self) -> None:
        """Stop the thread. Requests under way are left to themselves."""
        with self._instance.lock:
            if self in self._instance.clients:
                self._instance.clients.remove(self)
        self._ended = True
        self._changed.set()
        if self._transport is not None:
            self._transport.close()

    def abandon(self, message: str) -> None:
        """The instance is lost: nobody will be answered."""
        for answer in self._waiting.values():
            answer.put((PANIC, failure("ENGINE_LOST", message)))
        self._waiting.clear()
        self._ended = True
        self._changed.set()

    def _clock(self, given: Mapping[str, Any]) -> None:
        if self._driven:
            self._now_ms = int(time.time() * 1000)
        elif isinstance(given.get("now_ms"), int):
            self._now_ms = given["now_ms"]

    def _drive(self) -> None:
        while True:
            self._changed.clear()
            ending = self._ended
            wake_ms = self._work()
            if ending:
                return
            # A time that is past means now, yet the poll before it found nothing to do.
            self._changed.wait(None if wake_ms is None else max(wake_ms / 1000 - time.time(), 0.001))

    def _work(self) -> int | None:
        """Take everything poll has; when to poll again, None for not before the next call. A client that was shut down
        still has the other tickets to give."""
        while True:
            with self._instance.lock:
                self._clock({})
                status, reply, body = self._instance.call("poll", self._number, b"", self._now_ms)
                polled: dict[str, Any] = json.loads(reply)
                done = polled.get("done")
                answer = self._waiting.pop(done["ticket"], None) if done else None
            if done and answer:
                answer.put((done["status"], json.dumps(done["reply"], ensure_ascii=False).encode()))
            if "request" in polled:
                work = (polled["request"], body)
                threading.Thread(target=self._perform, args=work, name="libposthog request", daemon=True).start()
            elif not done:
                wake_ms: int | None = polled["wake_ms"] if status == 0 else None
                return wake_ms

    def _perform(self, request: Mapping[str, Any], body: bytes) -> None:
        assert self._transport is not None
        result = json.dumps(self._transport.perform(request, body)).encode()
        with self._instance.lock:
            self._clock({})
            self._instance.call("complete", self._number, result, self._now_ms)
            status, ledger, _ = self._instance.call("stats", self._number, b"", self._now_ms)
            if status == 0:
                counts = json.loads(ledger)
                self.undelivered = counts["queued"] + counts["in_flight"]
        self._changed.set()


def _with_body(reply: bytes, body: bytes) -> bytes:
    """The reply of a poll with its request's body where the reply says it is, as C has it."""
    return reply.ljust(json.loads(reply)["request"]["body"]["at"], b"\0") + body


def _object(text: bytes) -> dict[str, Any]:
    """What is in an input, for the little that a host reads of it; the module judges it."""
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
