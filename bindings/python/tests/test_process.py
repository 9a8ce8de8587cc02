"""The end of a process and fork. Programs run on their own, with a limit: a hang is a failure."""

from __future__ import annotations

import time

from conftest import IN_CHILD, SECRET_KEY, StandIn, run_program

EXIT = """
import sys
from libposthog import Posthog
posthog = Posthog(sys.argv[1], sys.argv[2])
for number in range(200):
    posthog.capture("e", distinct_id=f"user-{number}")
"""


def test_a_program_that_just_ends_loses_nothing(standin: StandIn) -> None:
    run_program(EXIT, standin.token, standin.url)
    assert len({event["uuid"] for event in standin.events()}) == 200


def test_a_client_nobody_holds_any_more_loses_nothing(standin: StandIn) -> None:
    run_program(EXIT + "\ndel posthog\n", standin.token, standin.url)
    assert len(standin.events()) == 200


def test_a_server_that_never_answers_does_not_hold_the_program_up(standin: StandIn) -> None:
    standin.fault({"action": "hang"}, repeat=True)
    start = time.monotonic()
    run_program(EXIT.replace("argv[2])", "argv[2], exit_timeout_ms=500)"), standin.token, standin.url)
    assert time.monotonic() - start < 3


TWO = """
import sys
from libposthog import Posthog
for token in sys.argv[2:]:
    Posthog(token, sys.argv[1], exit_timeout_ms=1000).capture("e", distinct_id="u")
"""


def test_a_server_that_never_answers_costs_other_clients_nothing(standin: StandIn) -> None:
    silent = StandIn(standin.url, standin.token + "_silent")
    silent.fault({"action": "hang"}, repeat=True)
    run_program(TWO, standin.url, silent.token, standin.token)
    assert len(standin.events()) == 1


FORK = """
import os, sys
from libposthog import Posthog
token, url, secret_key = sys.argv[1:]
posthog = Posthog(token, url, secret_key=secret_key, super_properties={"opened": 1})
posthog.register({"registered": 1})
posthog.unregister("opened")
assert posthog.get_feature_flag("new-checkout", "u", send_feature_flag_events=False) is True
posthog.capture("parent", distinct_id="u")
children = []
for number in range(8):
    pid = os.fork()
    if pid == 0:
        try:
            for turn in range(5):
                assert posthog.capture("child", distinct_id="u", properties={"number": number, "turn": turn})
            assert posthog.get_feature_flag("new-checkout", "u", send_feature_flag_events=False) is True
            assert posthog.flush()["pending"] == 0
            assert posthog.stats()["delivered"] == 5
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    children.append(pid)
assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0] * 8
posthog.shutdown()
"""


def test_forked_children_deliver_and_evaluate(standin: StandIn) -> None:
    run_program(FORK, standin.token, standin.url, SECRET_KEY)
    events = standin.events()
    children = [event["properties"] for event in events if event["event"] == "child"]
    assert len({event["uuid"] for event in events}) == len(events) == 41
    assert {(child["number"], child["turn"]) for child in children} == {(n, t) for n in range(8) for t in range(5)}
    assert all(child["registered"] == 1 and "opened" not in child for child in children)


NESTED = IN_CHILD + """
from libposthog import Posthog
posthog = Posthog(sys.argv[1], sys.argv[2])
posthog.set_enabled(False)
posthog.capture("opted out", distinct_id="u")
posthog.set_enabled(True)

def child():
    posthog.capture("child", distinct_id="u")
    posthog.flush()
    pid = os.fork()
    if pid == 0:
        posthog.capture("grandchild", distinct_id="u")
        new = Posthog(sys.argv[1], sys.argv[2])
        new.capture("new client", distinct_id="u")
        posthog.shutdown()
        new.shutdown()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

in_child(child)
posthog.set_enabled(False)
in_child(lambda: posthog.capture("opted out", distinct_id="u"))
in_child(lambda: posthog.shutdown())
"""


def test_children_of_children_and_what_the_parent_decided(standin: StandIn) -> None:
    run_program(NESTED, standin.token, standin.url)
    assert sorted(event["event"] for event in standin.events()) == ["child", "grandchild", "new client"]


MULTIPROCESSING = """
import multiprocessing, sys
from libposthog import Posthog

def work(number):
    posthog.capture("child", distinct_id="u", properties={"number": number})

if __name__ == "__main__":
    posthog = Posthog(sys.argv[1], sys.argv[2])
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=work, args=(number,)) for number in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
"""


def test_multiprocessing_children_deliver_although_they_skip_atexit(standin: StandIn) -> None:
    run_program(MULTIPROCESSING, standin.token, standin.url)
    assert sorted(event["properties"]["number"] for event in standin.events()) == [0, 1, 2, 3]


REFUSED = """
import os, sys
from libposthog import Posthog
posthog = Posthog(sys.argv[1], sys.argv[2], fork_copy=False)
pid = os.fork()
if pid == 0:
    os._exit(0 if posthog.capture("child", distinct_id="u") is None else 1)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
"""


def test_the_private_copy_can_be_declined(standin: StandIn) -> None:
    run_program(REFUSED, standin.token, standin.url)
    assert standin.events() == []


QUIET = """
import sys
from libposthog import Posthog
posthog = Posthog(sys.argv[1], "http://127.0.0.1:1", max_retries=0, max_queue_size=5)
for _ in range(10):
    posthog.capture("e", distinct_id="u", properties={"bad": object()})
posthog.flush()
"""


def test_a_host_that_is_down_prints_nothing() -> None:
    assert run_program(QUIET, "phc_quiet") == ""


MODULE = """
import sys
import libposthog as posthog
posthog.api_key, posthog.host, posthog.super_properties = sys.argv[1], sys.argv[2], {"from": "module"}
posthog.capture("e", distinct_id="u")
posthog.identify("u", {"plan": "pro"})
assert posthog.get_feature_flag("unknown", "u") is None
posthog.shutdown()
assert posthog.capture("late", distinct_id="u") is None
"""


def test_the_module_style(standin: StandIn) -> None:
    run_program(MODULE, standin.token, standin.url)
    first = standin.events()[0]
    assert (first["event"], first["properties"]["from"]) == ("e", "module")
    assert "late" not in [event["event"] for event in standin.events()]


def test_the_module_style_ignores_no_setting() -> None:
    program = """
import libposthog
libposthog.api_key, libposthog.mode, libposthog.metrics = "phc", "memory", {"service_name": "x"}
try:
    libposthog.capture("e", distinct_id="u")
except libposthog.PostHogError as error:
    print(error)
"""
    assert run_program(program) == "UNSUPPORTED: the option metrics of posthog-python is not supported\n"


def test_a_missing_library_is_told_when_a_client_is_made() -> None:
    program = """
from libposthog import Posthog, PostHogError
try:
    Posthog("phc")
except PostHogError as error:
    print(error.code)
"""
    assert run_program(program, LIBPOSTHOG_PATH="/nowhere/libposthog.so") == "NOT_LOADED\n"


LATE = """
import os, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
import libposthog
seen = []
class Proxy(BaseHTTPRequestHandler):
    def do_POST(self):
        seen.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *told): pass
server = HTTPServer(("127.0.0.1", 0), Proxy)
threading.Thread(target=server.serve_forever, daemon=True).start()
libposthog.Posthog("phc", mode="off").shutdown()  # the library is loaded before the program sets anything
os.environ["HTTP_PROXY"] = f"http://127.0.0.1:{server.server_port}"
with libposthog.Posthog("phc", "http://posthog.invalid/ingest") as posthog:
    posthog.capture("e", distinct_id="u")
    print(posthog.flush(5)["delivered"], [path.partition("?")[0] for path in seen])
os.environ["NO_PROXY"] = "posthog.invalid"
with libposthog.Posthog("phc", "http://posthog.invalid", max_retries=0, timeout=1) as posthog:
    posthog.capture("e", distinct_id="u")
    print(posthog.flush(5)["delivered"], len(seen))
"""


def test_what_the_program_sets_late_in_its_environment_counts() -> None:
    assert run_program(LATE) == "1 ['http://posthog.invalid/ingest/batch/']\n0 1\n"


MODULE_SWITCHES = """
import libposthog as posthog
posthog.api_key, posthog.mode, posthog.disabled = "phc", "memory", True
print(posthog.capture("off", distinct_id="u"))
posthog.disabled = False
print(posthog.capture("on", distinct_id="u") is None)
posthog.disabled = True
print(posthog.capture("off again", distinct_id="u"))
print([event["event"] for event in posthog.default_client.captured()])
posthog.debug = True
try:
    posthog.capture("", distinct_id="u")
except posthog.PostHogError as error:
    print(error.code)
"""


def test_the_module_can_be_switched_off_and_on() -> None:
    assert run_program(MODULE_SWITCHES) == "None\nFalse\nNone\n['on']\nINVALID_ARGUMENT\n"
