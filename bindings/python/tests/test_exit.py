"""The end of a process in its less usual forms: errors, signals, handlers, threads that go on, servers that do not
answer. Programs run on their own, with a limit: a hang is a failure."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time

import pytest
from conftest import SOAK, StandIn, run_program, surroundings

START = """
import atexit, os, signal, sys, threading, time
from libposthog import Posthog
posthog = Posthog(sys.argv[1], sys.argv[2])
posthog.capture("e", distinct_id="u")
"""

ENDINGS = {
    "sys.exit": ("sys.exit(3)", 3),
    "an error": ("raise RuntimeError", 1),
    "an interrupt": ("raise KeyboardInterrupt", -signal.SIGINT),
    "a handler that exits": (
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(4)); os.kill(os.getpid(), signal.SIGTERM); time.sleep(9)",
        4,
    ),
    "while a thread runs": ("threading.Thread(target=time.sleep, args=(0.2,)).start(); sys.exit(5)", 5),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_events_arrive_however_the_program_ends(ending: str, standin: StandIn) -> None:
    source, code = ENDINGS[ending]
    command = [sys.executable, "-c", START + source, standin.token, standin.url]
    ended = subprocess.run(command, env=surroundings(), capture_output=True, timeout=30)
    assert ended.returncode == code, ended.stderr
    assert [event["event"] for event in standin.events()] == ["e"]


HANDLERS = """
import atexit, sys
from libposthog import Posthog
atexit.register(lambda: print("after:", posthog.capture("after", distinct_id="u"), posthog.stats()["delivered"]))
posthog = Posthog(sys.argv[1], sys.argv[2])
atexit.register(lambda: posthog.capture("before", distinct_id="u"))
"""


def test_handlers_of_the_program_run_around_ours(standin: StandIn) -> None:
    """What was registered after the client runs before its end, and what was registered earlier finds it closed."""
    assert run_program(HANDLERS, standin.token, standin.url) == "after: None 1\n"
    assert [event["event"] for event in standin.events()] == ["before"]


LAST = """
import sys
from libposthog import Posthog

class Last:
    def __del__(self):
        print(posthog.capture("late", distinct_id="u"), posthog.capture_exception(ValueError("late")))

posthog = Posthog(sys.argv[1], sys.argv[2])
last = Last()
"""


def test_calls_while_the_interpreter_is_taken_apart_do_nothing(standin: StandIn) -> None:
    assert run_program(LAST, standin.token, standin.url) == "None None\n"


MANY = """
import sys, time
from libposthog import Posthog
clients = [Posthog(sys.argv[1], sys.argv[2], exit_timeout_ms=500) for _ in range(40)]
for client in clients:
    client.capture("e", distinct_id="u")
print(time.monotonic())
"""


def test_a_server_that_never_answers_delays_the_end_by_one_deadline_for_all_clients(standin: StandIn) -> None:
    standin.fault({"action": "hang"}, repeat=True)
    # One client after the other would take 20 seconds.
    assert time_of_ending(standin.token, standin.url) < 5


def test_a_host_that_takes_no_connection_does_so_too() -> None:
    with socket.socket() as server, contextlib.ExitStack() as waiting:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(2):  # fills the queue of the connections that nobody accepts: the kernel drops what comes then
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        assert time_of_ending("phc_hole", "http://127.0.0.1:%d" % server.getsockname()[1]) < 5


def time_of_ending(token: str, url: str) -> float:
    returned = float(run_program(MANY, token, url))
    delay = time.monotonic() - returned
    print(f"the end took {delay * 1000:.0f} ms with a deadline of 500")
    return delay


SHUTDOWN_UNDER_WAY = """
import sys, threading
from libposthog import Posthog
posthog = Posthog(sys.argv[1], sys.argv[2], flush_at=5, secret_key="phs_standin", exit_timeout_ms=1000)
started = threading.Barrier(13)

def use(call):
    call()
    started.wait()
    while True:
        call()

calls = [
    lambda: posthog.capture("e", distinct_id="u", properties={"text": "x" * 100}),
    lambda: posthog.get_feature_flag("new-checkout", "u"),
    lambda: posthog.flush(0.01),
    lambda: posthog.drain(0.01),
]
for call in calls * 3:
    threading.Thread(target=use, args=(call,), daemon=True).start()
started.wait()
"""


@pytest.mark.soak
def test_the_interpreter_ends_under_threads_that_capture(standin: StandIn) -> None:
    """10 times in `make test`, 200 in `make soak`."""
    for _ in range(200 if SOAK else 10):
        assert run_program(SHUTDOWN_UNDER_WAY, standin.token, standin.url) == ""
    assert standin.events() != []
