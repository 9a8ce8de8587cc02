"""HTTP for the wasm engine: one request at a time on each connection, which is kept for the next."""

from __future__ import annotations

import base64
import gzip
import http.client
import select
import socket
import ssl
import threading
import urllib.parse
import urllib.request
import zlib
from typing import Any, Mapping

# What complete takes, in bytes of JSON: a response that may exceed it is not worth reading.
_MAX_BODY = 32 << 20

# How many connections are kept for each server.
_MAX_IDLE = 4

ENCODINGS = ("identity", "gzip", "deflate")


class Transport:
    """Performs the requests of one client; safe from any thread. ``options`` are the client's: ``proxy``, ``no_proxy``
    and ``ca_file`` are a host's business."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._proxy: str | None = options.get("proxy")
        self._no_proxy: str = options.get("no_proxy") or ""
        self._ca_file: str | None = options.get("ca_file")
        self._idle: dict[tuple[str, str], list[http.client.HTTPConnection]] = {}
        self._lock = threading.Lock()

    def perform(self, request: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        """One request of poll; the input of complete. Never raises."""
        exchange = _Exchange(self, request["timeout_ms"] / 1000)
        try:
            encoded = _encode(request["encoding"], body)
        except Exception as error:
            return {"id": request["id"], "error": "encoding", "message": str(error)}
        try:
            return {"id": request["id"], **exchange.run(request, encoded)}
        except Exception as error:
            # The message is the error's kind alone: its text may hold the URL, whose query may hold a key.
            kind = "timeout" if exchange.late else _kind(error, exchange.connected)
            return {"id": request["id"], "error": kind, "message": type(error).__name__}
        finally:
            exchange.end()

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for connection in connections:
                connection.close()

    def take(self, url: urllib.parse.SplitResult) -> http.client.HTTPConnection:
        """An idle connection, or a new one that is not connected yet."""
        with self._lock:
            idle = self._idle.get((url.scheme, url.netloc), [])
            while idle:
                connection = idle.pop()
                # A connection that the server closed can be read: there is an end to be read.
                if connection.sock and not select.select([connection.sock], [], [], 0)[0]:
                    return connection
                connection.close()
        return self._new(url)

    def give(self, url: urllib.parse.SplitResult, connection: http.client.HTTPConnection) -> None:
        """Keep a connection whose response was read to its end, unless there are enough."""
        with self._lock:
            idle = self._idle.setdefault((url.scheme, url.netloc), [])
            if len(idle) < _MAX_IDLE:
                idle.append(connection)
                return
        connection.close()

    def proxied(self, url: urllib.parse.SplitResult) -> bool:
        bypass = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]
        return bool(self._proxy) and not bypass(url.netloc, {"no": self._no_proxy})

    def _new(self, url: urllib.parse.SplitResult) -> http.client.HTTPConnection:
        secure = url.scheme == "https"
        to = urllib.parse.urlsplit(self._proxy or "") if self.proxied(url) else url
        context = ssl.create_default_context(cafile=self._ca_file) if secure or to.scheme == "https" else None
        if secure or to.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                to.hostname or "", to.port or (443 if to.scheme == "https" else 80), context=context
            )
        else:
            connection = http.client.HTTPConnection(to.hostname or "", to.port or 80)
        if to is not url and secure:
            connection.set_tunnel(url.hostname or "", url.port or 443, _authorization(to))
        return connection


class _Exchange:
    """A request under way, which ends at its deadline wherever it is."""

    def __init__(self, transport: Transport, timeout: float) -> None:
        self._transport = transport
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None
        self._timer = threading.Timer(timeout, self._abort)
        self._timer.daemon = True
        self.connected = self.late = False

    def run(self, request: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        url = urllib.parse.urlsplit(request["url"])
        headers = dict(request["headers"])
        target = urllib.parse.urlunsplit(("", "", url.path or "/", url.query, ""))
        if url.scheme == "http" and self._transport.proxied(url):
            target = request["url"]
            headers.update(_authorization(urllib.parse.urlsplit(self._transport._proxy or "")))
        connection = self._connection = self._transport.take(url)
        self._timer.start()
        if connection.sock is None:
            connection.timeout = self._timeout
            connection.connect()
        self.connected = True
        connection.request(request["method"], target, body or None, headers)
        response = connection.getresponse()
        raw = response.read(_MAX_BODY + 1)
        if len(raw) > _MAX_BODY:
            raise ValueError("the response is too large")
        if not response.will_close:
            self._transport.give(url, connection)
            self._connection = None
        text = _decoded(response.headers.get("content-encoding", ""), raw).decode("utf-8", "replace")
        told: dict[str, str] = {}
        for name, value in response.headers.items():
            name = name.lower()
            told[name] = f"{told[name]}, {value}" if name in told else value
        return {"status": response.status, "headers": told, "body": text}

    def end(self) -> None:
        self._timer.cancel()
        if self._connection:
            self._connection.close()

    def _abort(self) -> None:
        """Break the connection, so that whoever reads from it or writes to it fails."""
        self.late = True
        sock = self._connection and self._connection.sock
        if sock:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def _encode(encoding: str, body: bytes) -> bytes:
    if encoding == "identity":
        return body
    if encoding == "gzip":
        return gzip.compress(body, 1, mtime=0)
    if encoding == "deflate":
        return zlib.compress(body, 1)
    raise ValueError(f"this host cannot apply {encoding}")


def _decoded(encoding: str, body: bytes) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "deflate":
        return zlib.decompress(body)
    return body


def _authorization(proxy: urllib.parse.SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    user, password = urllib.parse.unquote(proxy.username), urllib.parse.unquote(proxy.password or "")
    return {"Proxy-Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def _kind(error: Exception, connected: bool) -> str:
    """The kinds of failure that complete knows."""
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, socket.gaierror):
        return "dns"
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, OSError) and not connected:  # what there was to read, such as ca_file, is an OSError, too
        return "connect"
    if isinstance(error, (ConnectionError, http.client.IncompleteRead, http.client.BadStatusLine)):
        return "reset"
    return "other"
