"""Fork in every way that servers and pools do it. Programs run on their own, with a limit: a hang is a failure.

`make test` forks 3 rounds and 20 times in the middle of everything, `make soak` 50 rounds and 200 times.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from conftest import IN_CHILD, SECRET_KEY, SOAK, SOURCE, StandIn, run_program, surroundings

ROUNDS = """
import json, os, sys, threading, time, urllib.request
from libposthog import Posthog

token, url, secret_key, rounds = *sys.argv[1:4], int(sys.argv[4])
posthog = Posthog(token, url, secret_key=secret_key, poll_interval=0.1, send_feature_flag_events=False, flush_at=1)

def change(percentage):
    order = json.dumps({"rollout_percentage": percentage}).encode()
    urllib.request.urlopen(f"{url}/_control/flags/beta-dashboard", order, timeout=10).close()

slowest = 0
def timed(call, *arguments, **options):
    global slowest
    start = time.monotonic()
    result = call(*arguments, **options)
    slowest = max(slowest, time.monotonic() - start)
    return result

def child(turn, number, old, ready, go, told):
    assert timed(posthog.get_feature_flag, "beta-dashboard", "u") is old
    os.write(ready, b".")
    os.read(go, 1)
    deadline = time.monotonic() + 10
    while timed(posthog.get_feature_flag, "beta-dashboard", "u") is old:
        assert time.monotonic() < deadline, "the change did not arrive"
        time.sleep(0.01)
    for event in range(100):
        assert timed(posthog.capture, "child", distinct_id="u", properties={"id": f"{turn} {number} {event}"})
    os.write(told, b"%d\\n" % (slowest * 1e6))
    if number % 2:
        assert posthog.flush()["pending"] == 0
        os._exit(0)
    sys.exit(0)  # the others rely on the end of the process

def resources():
    status = open("/proc/self/status").read()
    return len(os.listdir("/proc/self/fd")), int(status.split("VmRSS:")[1].split()[0])

told_by_children, told = os.pipe()
before = None
for turn in range(rounds):
    old = turn % 2 == 1
    change(100 if old else 0)
    posthog.load_feature_flags()
    posthog.capture("parent", distinct_id="u", properties={"id": str(turn)})
    (ready_by_children, ready), (go_to_children, go) = os.pipe(), os.pipe()
    children = []
    for number in range(8):
        pid = os.fork()
        if pid == 0:
            child(turn, number, old, ready, go_to_children, told)
        children.append(pid)
    for _ in children:
        os.read(ready_by_children, 1)
    change(0 if old else 100)
    os.write(go, b"." * len(children))
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0] * 8
    for descriptor in (ready_by_children, ready, go_to_children, go):
        os.close(descriptor)
    posthog.flush()
    before = before or resources()
after = resources()
os.close(told)
slowest = max(map(int, open(told_by_children)))
print(json.dumps({"descriptors": after[0] - before[0], "kilobytes": after[1] - before[1], "slowest_us": slowest}))
"""


@pytest.mark.soak
def test_rounds_of_children_lose_nothing_and_see_every_change(standin: StandIn) -> None:
    rounds = 50 if SOAK else 3
    printed = run_program(ROUNDS, standin.token, standin.url, SECRET_KEY, str(rounds), timeout=60 + 10 * rounds)
    told = json.loads(printed)
    print(f"{rounds} rounds: {told}")
    events = [event["properties"]["id"] for event in standin.events()]
    of_children = {f"{turn} {number} {event}" for turn in range(rounds) for number in range(8) for event in range(100)}
    assert len(events) == len(set(events)) == rounds * 801
    assert set(events) == of_children | {str(turn) for turn in range(rounds)}
    assert told["descriptors"] == 0
    assert told["kilobytes"] < 16 * 1024
    assert told["slowest_us"] < 2_000_000


BUSY = """
import os, sys, threading, time
from libposthog import Posthog

posthog = Posthog(sys.argv[1], sys.argv[2], flush_interval=0.01)
ending = threading.Event()

def use():
    number = 0
    while not ending.is_set():
        posthog.capture("parent", distinct_id="u", properties={"a": [number] * 20})
        if number % 50 == 0:
            posthog.flush()
            Posthog(sys.argv[1], sys.argv[2]).shutdown()
        number += 1
        time.sleep(0.0005)

threads = [threading.Thread(target=use) for _ in range(4)]
for thread in threads:
    thread.start()
for number in range(int(sys.argv[3])):
    pid = os.fork()
    if pid == 0:
        workers = [threading.Thread(target=lambda: posthog.capture("child", distinct_id="u")) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        os._exit(posthog.shutdown()["pending"])
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
ending.set()
for thread in threads:
    thread.join()
posthog.shutdown()
stats = posthog.stats()
assert stats["delivered"] == stats["accepted"], stats
"""


@pytest.mark.soak
def test_a_parent_may_fork_in_the_middle_of_everything(standin: StandIn) -> None:
    """Threads of the parent hold every lock there is at some fork; the child's threads use it at once, all together."""
    forks = 200 if SOAK else 20
    run_program(BUSY, standin.token, standin.url, str(forks), timeout=60 + forks)
    assert [event["event"] for event in standin.events()].count("child") == 4 * forks


DECISIONS = IN_CHILD + """
from libposthog import Posthog

posthog = Posthog("phc", mode="memory", super_properties={"opened": 1, "kept": 1}, secret_key="phs")
posthog.register({"registered": 323.0, "taken back": 1})
posthog.unregister("opened", "taken back")
posthog.override_feature_flags({"overridden": "blue"}, {"overridden": {"hex": "#00f"}})
everybody = {"groups": [{"properties": [], "rollout_percentage": 100}]}
pushed = {"flags": [{"id": 1, "key": "pushed", "active": True, "filters": everybody}]}
posthog.set_flag_definitions(pushed)
posthog.capture("before", distinct_id="u")

def look():
    posthog.capture("after", distinct_id="u")
    event = posthog.captured()[-1]["properties"]
    return [
        {name: event.get(name) for name in ("opened", "kept", "registered", "taken back")},
        posthog.get_feature_flag("overridden", "u"),
        posthog.get_feature_flag_payload("overridden", "u"),
        posthog.get_feature_flag("pushed", "u"),
    ]

def child():
    assert [event["event"] for event in posthog.captured()] == []
    assert look() == expected, look()
    posthog.register({"registered": "by the child"})
    in_child(grandchild)

def grandchild():
    assert look()[0]["registered"] == "by the child"
    assert look()[1:] == expected[1:]

expected = look()
assert expected == [{"opened": None, "kept": 1, "registered": 323.0, "taken back": None}, "blue", {"hex": "#00f"}, True]
in_child(child)

posthog.override_feature_flags(None)
posthog.set_enabled(False)

def opted_out():
    assert posthog.capture("opted out", distinct_id="u") is None
    assert posthog.captured() == [] and posthog.stats()["dropped"] == {"opted_out": 1}
    assert posthog.get_feature_flag("overridden", "u") is None
    posthog.set_enabled(True)
    assert posthog.capture("opted in", distinct_id="u")

in_child(opted_out)
assert posthog.capture("opted out", distinct_id="u") is None
posthog.shutdown()

def closed():
    assert posthog.capture("late", distinct_id="u") is None
    assert posthog.flush() == {} and posthog.get_feature_flag("pushed", "u") is None
    posthog.shutdown()

in_child(closed)
"""


def test_what_the_process_decided_follows_into_children() -> None:
    assert run_program(DECISIONS) == ""


POOLS = """
import concurrent.futures, multiprocessing, os, sys
from libposthog import Posthog

def work(number):
    posthog.capture("pool", distinct_id="u", properties={"number": number})
    return os.getpid()

if __name__ == "__main__":
    posthog = Posthog(sys.argv[1], sys.argv[2])
    posthog.capture("parent", distinct_id="u")
    context = multiprocessing.get_context("fork")
    with context.Pool(4) as pool:
        pool.map(work, range(100), chunksize=5)
        pool.close()
        pool.join()
    with concurrent.futures.ProcessPoolExecutor(4, mp_context=context) as pool:
        list(pool.map(work, range(100, 200)))
"""


def test_pools_deliver_when_they_are_closed(standin: StandIn) -> None:
    run_program(POOLS, standin.token, standin.url)
    events = standin.events()
    numbers = [event["properties"]["number"] for event in events if event["event"] == "pool"]
    assert sorted(numbers) == list(range(200))
    assert len(events) == 201


APPLICATION = """
import os
from libposthog import Posthog

posthog = Posthog(os.environ["TOKEN"], os.environ["STANDIN"], secret_key=os.environ["SECRET_KEY"], poll_interval=0.1)
posthog.capture("loaded", distinct_id="u", properties={"pid": os.getpid()})
posthog.get_feature_flag("beta-dashboard", "u", send_feature_flag_events=False)

def application(environ, start_response):
    posthog.capture("request", distinct_id="u", properties={"path": environ["PATH_INFO"], "pid": os.getpid()})
    value = posthog.get_feature_flag("beta-dashboard", "u", send_feature_flag_events=False)
    start_response("200 OK", [("content-type", "text/plain")])
    return [repr(value).encode()]

def work(number):
    posthog.capture("work", distinct_id="u", properties={"number": number, "pid": os.getpid()})
"""


@pytest.fixture
def application(tmp_path: Path) -> Path:
    (tmp_path / "application.py").write_text(APPLICATION, encoding="utf-8")
    return tmp_path


def application_surroundings(standin: StandIn, folder: Path) -> dict[str, str]:
    given = {"TOKEN": standin.token, "STANDIN": standin.url, "SECRET_KEY": SECRET_KEY}
    # gunicorn keeps a socket of its own under HOME.
    return surroundings(PYTHONPATH=f"{SOURCE}:{folder}", HOME=str(folder), **given)


FORKSERVER = """
import multiprocessing, sys
import application

if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(sys.argv[1:])
    children = [context.Process(target=application.work, args=(number,)) for number in range(8)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
"""


@pytest.mark.parametrize("preload", [[], ["application"]])
def test_children_of_a_forkserver(preload: list[str], standin: StandIn, application: Path) -> None:
    """Each makes the client before it works, where the server did not make it."""
    (application / "main.py").write_text(FORKSERVER, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, str(application / "main.py"), *preload],
        env=application_surroundings(standin, application),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, "")
    work = [event["properties"] for event in standin.events() if event["event"] == "work"]
    assert sorted(event["number"] for event in work) == list(range(8))
    assert len({event["pid"] for event in work}) == 8


READY = """
def post_worker_init(worker):
    worker.log.info("ready")
"""


@pytest.mark.parametrize("worker", ["sync", "gthread", "gevent"])
def test_gunicorn_that_preloads(worker: str, standin: StandIn, application: Path) -> None:
    (application / "gunicorn.conf.py").write_text(READY, encoding="utf-8")
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "3", "--worker-class", worker]
    server = subprocess.Popen(
        [*command, "--bind", "127.0.0.1:0", "--graceful-timeout", "10", "application"],
        env=application_surroundings(standin, application),
        cwd=application,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        url = listening(server)
        standin.rollout("beta-dashboard", 0)
        wait_for_value(url, "False")
        standin.rollout("beta-dashboard", 100)
        wait_for_value(url, "True")
        for number in range(60):
            get(f"{url}/counted/{number}")
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
    finally:
        server.kill()
        server.communicate()
    events = standin.events()
    counted = [event["properties"] for event in events if "/counted/" in event["properties"].get("path", "")]
    assert sorted(int(event["path"].split("/")[2]) for event in counted) == list(range(60))
    assert len({event["uuid"] for event in events}) == len(events)
    assert [event["event"] for event in events].count("loaded") == 1


def listening(server: subprocess.Popen[str]) -> str:
    """Where a server of three workers listens. A worker of gevent's may miss a signal before it is ready."""
    url, ready = "", 0
    assert server.stderr
    for line in server.stderr:
        found = re.search(r"Listening at: (http://\S+)", line)
        url = found[1] if found else url
        ready += "] ready" in line
        if ready == 3:
            return url
    raise AssertionError("gunicorn did not start")


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        text: str = answer.read().decode()
        return text


def wait_for_value(url: str, value: str) -> None:
    """Until twenty answers in a row, of whichever workers, have it."""
    deadline = time.monotonic() + 20
    right = 0
    while right < 20:
        assert time.monotonic() < deadline, "a worker keeps the old value"
        right = right + 1 if get(f"{url}/") == value else 0


TASKS = """
import os, signal, sys
from libposthog import Posthog

posthog = Posthog(sys.argv[1], sys.argv[2], flush_interval=0.05)
posthog.capture("parent", distinct_id="u")
workers = []
for number in range(4):
    tasks, queue = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(queue)
        while os.read(tasks, 1):
            posthog.capture("task", distinct_id="u", properties={"number": number})
        signal.pause()  # busy with something else for ever
    os.close(tasks)
    workers.append((pid, queue))
for _, queue in workers:
    os.write(queue, b"." * 25)
    os.close(queue)
print("given", flush=True)
sys.stdin.read()  # until the test has seen the events
for pid, _ in workers:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
"""


def test_workers_that_never_end_deliver_meanwhile(standin: StandIn) -> None:
    """As Celery's pool: forked once, given tasks, killed at some time without any hook."""
    program = subprocess.Popen(
        [sys.executable, "-c", TASKS, standin.token, standin.url],
        env=surroundings(),
        stdin=subprocess.PIPE,
        text=True,
    )
    try:
        numbers = wait_for(lambda: [event for event in standin.events() if event["event"] == "task"], 100)
        assert sorted(event["properties"]["number"] for event in numbers) == sorted(list(range(4)) * 25)
    finally:
        program.communicate(timeout=10)
    assert len(standin.events()) == 101


def wait_for(look: Any, count: int) -> list[Any]:
    deadline = time.monotonic() + 20
    while True:
        found: list[Any] = look()
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{len(found)} of {count}"
        time.sleep(0.05)
