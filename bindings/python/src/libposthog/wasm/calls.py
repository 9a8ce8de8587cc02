"""An instance and its clients, as the rest of the package calls them."""

from __future__ import annotations

import json
import os
import threading
from typing import Any, Sequence

from .. import _values
from .._ctypes import decode, plain_query
from .client import Client
from .instance import CLOSED, FORKED, UNKNOWN_CLIENT, failure, start

# How many clients that were shut down still answer stats and drain, as in the module.
_KEPT_CLOSED = 64


class Calls:
    """An instance of the module and the clients in it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._pid = os.getpid()
        self._instance = start(path)
        self._lock = threading.Lock()  # guards what follows
        self._clients: dict[int, Client] = {}
        self._closed: list[int] = []
        self._last = 0

    def abi_version(self) -> int:
        return self._instance.abi_version

    def status_name(self, status: int) -> str:
        """Every reply names its status, so this is never the only word on it."""
        return f"STATUS {status}"

    def open(self, options: bytes) -> tuple[int, int, bytes]:
        """Make a client: status, handle (0 on failure), reply. The first one after a trap starts a new instance."""
        if os.getpid() != self._pid:
            return FORKED, 0, failure("FORKED", "this process is a fork of the one that started the engine")
        with self._lock:
            if self._instance.lost is not None:
                self._instance = start(self._path)
            client = Client(self._instance)
            status, reply = client.open(options)
            if status != 0:
                return status, 0, reply
            self._last += 1
            self._clients[self._last] = client
            return status, self._last, b"{}"

    def call(self, op: str, handle: int, body: bytes, waits: bool = False) -> tuple[int, bytes]:
        """Perform one operation: status, reply. It waits as long as the operation does."""
        if os.getpid() != self._pid:
            return FORKED, failure("FORKED", "this process is a fork of the one that started the engine")
        client = self._clients.get(handle)
        if client is None:
            if 0 < handle <= self._last:
                return CLOSED, failure("CLOSED", "the client was shut down")
            return UNKNOWN_CLIENT, failure("UNKNOWN_CLIENT", "no client has this handle")
        status, reply = client.call(op, body)
        if op == "shutdown" and status == 0:
            self._forget(handle, client)
        return status, reply

    def ask(self, op: str, handle: int, fields: Any, waits: bool = False) -> tuple[int, Any, Sequence[str]]:
        """As call, with the input as a value: status, decoded reply, and where the input lost something."""
        body, lost = _values.encode(fields)
        status, reply = self.call(op, handle, body, waits)
        return status, json.loads(reply), lost

    def flag_value(self, handle: int, key: Any, distinct_id: Any, options: dict[str, Any]) -> Any:
        """A flag's value where that can be had at once; NotImplemented otherwise, and nothing was done."""
        client, query = self._clients.get(handle), plain_query(key, distinct_id, options)
        value = client.flag_value(query) if client and query and os.getpid() == self._pid else b""
        return decode(value) if value else NotImplemented

    def _forget(self, handle: int, client: Client) -> None:
        client.end()
        with self._lock:
            if handle not in self._closed:
                self._closed.append(handle)
            if len(self._closed) > _KEPT_CLOSED:
                self._clients.pop(self._closed.pop(0), None)
