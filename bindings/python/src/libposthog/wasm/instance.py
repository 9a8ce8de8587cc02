"""The module, and one running copy of it: sections 1 to 4 and 10."""

from __future__ import annotations

import json
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import Client

try:
    import wasmtime
except ImportError as error:
    raise OSError("the wasm engine needs the package wasmtime: pip install wasmtime") from error

PENDING, TOO_LARGE, UNKNOWN_CLIENT, CLOSED, FORKED, PANIC = 1, -3, -4, -5, -6, -15

_BLOCK = 64 << 10
# A longer value, an unusually named variant, is left to get_flag.
_VALUE_ROOM = 128
_TRAPS = (wasmtime.WasmtimeError, wasmtime.Trap, wasmtime.ExitTrap)

# The compiled modules of this process by path, and its instances.
_compiled: dict[str, tuple[wasmtime.Engine, wasmtime.Module]] = {}
_instances: weakref.WeakSet[Instance] = weakref.WeakSet()

# What a forked child has of its parent. It may not be used, since a thread that exists no longer may hold its locks; nor
# destroyed, for the same reason. Only the code of a module is read: compiling anew would need threads.
_inherited: dict[str, tuple[wasmtime.Engine, wasmtime.Module]] = {}
_left: list[Any] = []


def _leave_to_the_parent() -> None:
    _left.extend((*_instances, *_inherited.values()))
    _instances.clear()
    _inherited.update(_compiled)
    _compiled.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_the_parent)


class Instance:
    """One running copy of the module. After a trap it is dead, and says what was lost."""

    def __init__(self, path: str) -> None:
        _instances.add(self)
        engine, module = _load(path)
        self._store = store = wasmtime.Store(engine)
        store.set_wasi(wasmtime.WasiConfig())
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        self._exports = exports = linker.instantiate(store, module).exports(store)
        self._memory: Any = exports["memory"]
        self._alloc: Any = exports["posthog_alloc"]
        self._free: Any = exports["posthog_free"]
        self._flag_value: Any = exports["posthog_flag_value"]
        self._call(exports["_initialize"])
        self.abi_version: int = self._call(exports["posthog_abi_version"])
        # Calls into the module are the dearest part, so inputs of ordinary size share one block.
        self._block: int = self._call(self._alloc, _BLOCK) & 0xFFFFFFFF
        # One instance is one thread: the lock is held around every call and what must be one step with it.
        self.lock = threading.RLock()
        self.clients: list[Client] = []
        # After a trap, what it was and what it cost.
        self.lost: str | None = None

    def call(self, op: str, client: int, body: bytes, now_ms: int) -> tuple[int, bytes, bytes]:
        """One operation (section 3): status, reply without it, and the body of a polled request. The caller holds the
        lock."""
        if self.lost is not None:
            return PANIC, failure("ENGINE_LOST", self.lost), b""
        try:
            return self._perform(op, client, body, now_ms)
        except _TRAPS as trap:
            return PANIC, failure("ENGINE_LOST", self._lose(op, trap)), b""

    def flag_value(self, client: int, query: tuple[Any, ...], now_ms: int) -> tuple[bytes, bool]:
        """The JSON of one flag's value (section 7), empty where it cannot be had this way, and whether an event was
        recorded. The caller holds the lock."""
        text, at = b"".join(query[::2]), self._block
        if self.lost is not None or len(text) > _BLOCK:
            return b"", False
        try:
            self._memory.write(self._store, text, at)
            result = self._call(self._flag_value, client, _signed(at), *query[1::2], now_ms)
            value, ended, _ = bytes(self._memory.read(self._store, at, at + _VALUE_ROOM)).partition(b"\0")
        except _TRAPS as trap:
            self._lose("flag_value", trap)
            return b"", False
        return value if ended else b"", result >> 32 != 0

    def _lose(self, op: str, trap: Exception) -> str:
        """The instance would go on answering, out of a state that means nothing."""
        events = sum(client.undelivered for client in self.clients)
        # The last line says what happened, those before it where.
        cause = str(trap).strip().splitlines()[-1].strip() or type(trap).__name__
        self.lost = f"the wasm instance trapped in {op} ({cause}); at most {events} events were lost"
        for other in self.clients:
            other.abandon(self.lost)
        return self.lost

    def _perform(self, op: str, client: int, body: bytes, now_ms: int) -> tuple[int, bytes, bytes]:
        address = self._block
        if len(body) > _BLOCK:
            address = self._call(self._alloc, len(body)) & 0xFFFFFFFF
            if address == 0:
                return TOO_LARGE, failure("TOO_LARGE", "the input is larger than any operation takes"), b""
        if body:
            self._memory.write(self._store, body, address)
        packed = self._call(self._exports[f"posthog_{op}"], client, _signed(address), len(body), now_ms) & 0xFFFFFFFFFFFFFFFF
        at, length = packed >> 32, packed & 0xFFFFFFFF
        text = bytes(self._memory.read(self._store, at, at + length))
        sent = b""
        if op == "poll":
            where = (json.loads(text).get("request") or {}).get("body") or {"at": 0, "len": 0}
            sent = bytes(self._memory.read(self._store, at + where["at"], at + where["at"] + where["len"]))
        for block in {at, address} - {self._block}:
            self._call(self._free, _signed(block))
        return *_without_status(text), sent

    def _call(self, function: Any, *arguments: int) -> Any:
        return function(self._store, *arguments)


def start(path: str) -> Instance:
    """A new instance of the module at a path. OSError where it is not one that this is written for."""
    try:
        return Instance(path)
    except (wasmtime.WasmtimeError, KeyError) as error:
        raise OSError(f"not a usable module: {error}") from error


def _load(path: str) -> tuple[wasmtime.Engine, wasmtime.Module]:
    """The compiled module. Compiling takes seconds, so wasmtime's own cache keeps it, where it has a place to."""
    if path not in _compiled and path in _inherited:
        engine = wasmtime.Engine()
        _compiled[path] = engine, wasmtime.Module.deserialize(engine, _inherited[path][1].serialize())
    elif path not in _compiled:
        config = wasmtime.Config()
        try:
            config.cache = True
        except wasmtime.WasmtimeError:
            config = wasmtime.Config()
        engine = wasmtime.Engine(config)
        _compiled[path] = engine, wasmtime.Module.from_file(engine, path)
    return _compiled[path]


def _without_status(text: bytes) -> tuple[int, bytes]:
    """A reply's status, which is its first member, and the rest of it: the reply as C has it."""
    head, comma, rest = text.partition(b",")
    if not comma:
        head = head[:-1]
    return int(head.partition(b":")[2]), b"{" + rest if comma else b"{}"


def failure(code: str, message: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message}}).encode()


def _signed(number: int) -> int:
    """An unsigned 32 bit number as an i32."""
    return number - (1 << 32) if number >= 1 << 31 else number
