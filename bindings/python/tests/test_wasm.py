"""The wasm engine: what is its own. That it does what the library does is shown by the conformance corpus, and by the
tests of clients and processes, which `make test-python` runs through it a second time."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from conftest import ROOT, SOURCE, StandIn, run_program

from libposthog import Posthog, PostHogError, _library
from libposthog.wasm import Calls, transport
from code_lines import code_lines

MODULE = str(ROOT / "build" / "posthog.wasm")
BUDGET = 450


@pytest.fixture
def wasm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients of this test use the engine."""
    monkeypatch.setenv("LIBPOSTHOG_PATH", MODULE)
    monkeypatch.setattr(_library, "_current", None)


def test_the_engine_stays_within_its_budget() -> None:
    used = sum(code_lines(file.read_text(encoding="utf-8")) for file in (SOURCE / "libposthog" / "wasm").glob("*.py"))
    assert used <= BUDGET


def test_the_variable_asks_for_the_packaged_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIBPOSTHOG_PATH", raising=False)
    monkeypatch.setenv("LIBPOSTHOG_ENGINE", "wasm")
    assert _library.candidates() == [str(SOURCE / "libposthog" / "posthog.wasm")]


def test_without_wasmtime_the_failure_says_what_to_install() -> None:
    program = """
import sys
sys.modules["wasmtime"] = None
from libposthog import Posthog, PostHogError
try:
    Posthog("phc_test")
except PostHogError as error:
    print(error.code, "pip install wasmtime" in error.message)
"""
    assert run_program(program, LIBPOSTHOG_PATH=MODULE) == "NOT_LOADED True\n"


def test_a_file_that_is_no_module_is_refused(tmp_path: Path, wasm: None, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "other.wasm"
    for content in (b"not wasm", b"\0asm\1\0\0\0"):
        file.write_bytes(content)
        monkeypatch.setenv("LIBPOSTHOG_PATH", str(file))
        with pytest.raises(PostHogError, match="not a usable module") as raised:
            _library.current()
        assert raised.value.code == "NOT_LOADED"


def test_every_event_of_many_threads_arrives_once(wasm: None, standin: StandIn) -> None:
    uuids: list[str | None] = []
    with Posthog(standin.token, standin.url) as posthog:

        def work(number: int) -> None:
            for turn in range(50):
                uuids.append(posthog.capture("e", distinct_id=f"user-{number}", properties={"turn": turn}))
                if turn % 20 == 0:
                    posthog.flush()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(event["uuid"] for event in standin.events()) == sorted(map(str, uuids))
    assert len(set(uuids)) == 400
    assert posthog.stats()["delivered"] == 400


def test_calls_that_wait_end_with_the_client(wasm: None, standin: StandIn) -> None:
    standin.fault({"action": "hang"}, repeat=True)
    posthog = Posthog(standin.token, standin.url)
    posthog.capture("e", distinct_id="u")
    told: list[dict[str, int]] = []
    threads = [threading.Thread(target=lambda: told.append(posthog.flush(None)), daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert posthog.shutdown(0.2) == {"delivered": 0, "dropped": 1, "pending": 0}
    for thread in threads:
        thread.join(10)
    assert len(told) == 4
    assert posthog.stats()["dropped"] == {"shutdown": 1}


def test_connections_are_kept(wasm: None, standin: StandIn) -> None:
    with Posthog(standin.token, standin.url) as posthog:
        for turn in range(5):
            posthog.capture("e", distinct_id="u", properties={"turn": turn})
            posthog.flush()
    assert len({request["remote_addr"] for request in standin.requests()}) == 1
    assert {request["headers"]["content-encoding"] for request in standin.requests()} == {"gzip"}


def test_a_trap_says_what_was_lost_and_the_next_client_starts_anew() -> None:
    calls = Calls(MODULE)
    status, handle, _ = calls.open(b'{"api_key":"phc_test","mode":"memory"}')
    assert status == 0
    calls._instance._store.set_limits(memory_size=16 << 20)
    event = json.dumps({"distinct_id": "u", "event": "e", "properties": {"filler": "x" * 100_000}}).encode()
    accepted = 0
    while (answer := calls.call("capture", handle, event))[0] == 0:
        accepted += 1
    assert 50 < accepted < 200
    told = json.loads(answer[1])["error"]
    assert (answer[0], told["code"]) == (-15, "ENGINE_LOST")
    lost = int(told["message"].split("at most ")[1].split(" ")[0])
    assert accepted <= lost <= accepted + 1
    assert calls.call("stats", handle, b"{}") == answer
    status, fresh, _ = calls.open(b'{"api_key":"phc_test","mode":"memory"}')
    assert status == 0
    assert fresh != handle
    assert calls.call("stats", handle, b"{}") == answer
    assert json.loads(calls.call("stats", fresh, b"{}")[1])["accepted"] == 0


def test_closed_and_unknown_handles_get_a_status() -> None:
    calls = Calls(MODULE)
    handles = [calls.open(b'{"api_key":"phc_test","mode":"memory"}')[1] for _ in range(100)]
    event = b'{"distinct_id":"u","event":"e"}'
    assert calls.call("capture", 0, event)[0] == calls.call("capture", 101, event)[0] == -4
    for handle in handles:
        assert calls.call("shutdown", handle, b"{}")[0] == 0
    assert {calls.call("capture", handle, event)[0] for handle in handles} == {-5}
    assert len(calls._clients) < 100


def request(url: str, encoding: str = "identity", timeout_ms: int = 5000) -> dict[str, Any]:
    return {"id": 3, "method": "POST", "url": url, "headers": {}, "encoding": encoding, "timeout_ms": timeout_ms}


def test_failures_are_told_by_kind_and_without_the_url(standin: StandIn) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unanswering, socket.create_server(("127.0.0.1", 0)) as refusing:
        silent = f"127.0.0.1:{unanswering.getsockname()[1]}"
        refused = f"127.0.0.1:{refusing.getsockname()[1]}"
        refusing.close()
        standin.fault({"action": "reset"}, path="")
        for url, encoding, timeout_ms, kind in (
            (f"http://{silent}/batch/?token=phc_secret", "identity", 100, "timeout"),
            (f"https://{silent}/batch/?token=phc_secret", "identity", 100, "timeout"),
            (f"http://{refused}/batch/?token=phc_secret", "identity", 5000, "connect"),
            (standin.url.replace("http:", "https:") + "/batch/?token=phc_secret", "identity", 5000, "tls"),
            (f"http://{silent}/batch/?token=phc_secret", "zstd", 5000, "encoding"),
        ):
            told = transport.Transport({}).perform(request(url, encoding, timeout_ms), b"{}")
            assert (told["id"], told["error"]) == (3, kind)
            assert "phc_secret" not in told["message"]
    assert transport._kind(socket.gaierror(), False) == "dns"
    assert transport._kind(ConnectionResetError(), True) == "reset"


class Proxy(http.server.BaseHTTPRequestHandler):
    """Answers itself, in gzip and with two headers of one name, and keeps what it was asked."""

    asked: list[tuple[str, str | None]] = []

    def do_POST(self) -> None:
        self.asked.append((self.path, self.headers["Proxy-Authorization"]))
        self.rfile.read(int(self.headers["Content-Length"]))
        body = transport._encode("gzip", "täglich".encode())
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("X-Two", "a")
        self.send_header("X-Two", "b")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_proxy_is_asked_unless_no_proxy_names_the_host(proxy: str) -> None:
    options = {"proxy": f"http://user:p%40ss@{proxy}", "no_proxy": "127.0.0.1"}
    told = transport.Transport(options).perform(request("http://posthog.example/batch/?v=1"), b"{}")
    assert told == {"id": 3, "status": 200, "body": "täglich", "headers": told["headers"]}
    assert told["headers"]["x-two"] == "a, b"
    transport.Transport(options).perform(request(f"http://{proxy}/direct"), b"{}")
    assert Proxy.asked == [("http://posthog.example/batch/?v=1", "Basic dXNlcjpwQHNz"), ("/direct", None)]


def test_a_flag_has_the_value_of_the_long_way(wasm: None) -> None:
    groups: list[dict[str, Any]] = [{"properties": [{"key": "plan", "value": "pro", "type": "person"}]}]
    keys = ["on", "é", 'say "a"', "v" * 200]
    flags = [{"id": 1, "key": "paid", "active": True, "filters": {"groups": groups}}] + [
        {"id": n, "key": f"flag-{n}", "active": True, "filters": {
            "groups": [{}], "multivariate": {"variants": [{"key": key, "rollout_percentage": 100}]}}}
        for n, key in enumerate(keys, 2)
    ]
    with Posthog("phc", mode="memory", personal_api_key="phs") as client:
        client.set_flag_definitions({"flags": flags})
        for key in ("paid", "gone", "flag-2", "flag-3", "flag-4", "flag-5"):
            for user in ("u", "é", "u" * 100_000):
                for properties in (None, {"plan": "pro"}):
                    result = client.get_feature_flag_result(key, user, person_properties=properties)
                    value = client.get_feature_flag(key, user, person_properties=properties)
                    assert value == (result.get_value() if result else None)
        assert client.get_feature_flag("flag-5", "u") == "v" * 200
        assert client.stats()["accepted"] == len(client.captured()) == 3 * 5  # what is undecided is no exposure


def test_a_flags_value_comes_without_its_record() -> None:
    calls = Calls(MODULE)
    _, handle, _ = calls.open(b'{"api_key":"phc_test","mode":"memory","definitions":"push"}')
    flags = [{"id": 1, "key": "on", "active": True, "filters": {"groups": [{}]}}]
    calls.ask("set_flag_definitions", handle, {"flags": flags})
    asked: list[str] = []
    enter = calls._instance.call
    calls._instance.call = lambda op, *arguments: asked.append(op) or enter(op, *arguments)  # type: ignore[method-assign, func-returns-value]
    assert calls.flag_value(handle, "on", "u", {}) is True
    assert calls.flag_value(handle, "on", "u", {"person_properties": {"a": 1}}) is True
    assert calls.flag_value(handle, "gone", "u", {}) is None
    assert set(asked) <= {"poll"}  # for the exposure that was recorded
    for key, user in (("on", 7), (None, "u"), ("", "u"), ("on", "\ud800")):
        assert calls.flag_value(handle, key, user, {}) is NotImplemented
    assert calls.flag_value(handle + 1, "on", "u", {}) is NotImplemented
    calls.ask("shutdown", handle, {"timeout_ms": 0})
    assert calls.flag_value(handle, "on", "u", {}) is NotImplemented


def test_a_trap_while_a_flag_is_asked_says_what_was_lost() -> None:
    calls = Calls(MODULE)
    _, handle, _ = calls.open(b'{"api_key":"phc_test","mode":"memory"}')
    calls.ask("capture", handle, {"distinct_id": "u", "event": "e"})

    def trap(*arguments: int) -> int:
        raise wasmtime.WasmtimeError("out of luck")

    calls._instance._flag_value = trap
    assert calls.flag_value(handle, "on", "u", {}) is NotImplemented
    status, reply = calls.call("get_flag", handle, b'{"key":"on","distinct_id":"u"}')
    assert status == -15
    assert "trapped in flag_value (out of luck); at most 2 events were lost" in json.loads(reply)["error"]["message"]
