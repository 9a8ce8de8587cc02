"""Many threads at once, and greenlets. A count too large for the suite runs in full in `make soak`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from conftest import SOAK, StandIn, run_program

from libposthog import Posthog


def together(count: int, work: Callable[[int], None]) -> None:
    """Runs the work in threads that start at the same moment, and raises what one of them raised."""
    start, failures = threading.Barrier(count), list[BaseException]()

    def run(number: int) -> None:
        try:
            start.wait()
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a call hangs"
    if failures:
        raise failures[0]


@pytest.fixture
def switching() -> Iterator[None]:
    """Threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def named_flags(count: int) -> list[dict[str, Any]]:
    everybody = [{"properties": [], "rollout_percentage": 100}]
    flags = []
    for number in range(count):
        variants = [{"key": f"variant {number}", "rollout_percentage": 100}]
        payloads = {f"variant {number}": str(number)}
        filters = {"groups": everybody, "multivariate": {"variants": variants}, "payloads": payloads}
        flags.append({"id": number + 1, "key": f"flag {number}", "active": True, "filters": filters})
    return flags


def test_64_threads_get_their_own_answers(switching: None) -> None:
    with Posthog("phc", mode="memory", secret_key="phs") as client:
        client.set_flag_definitions({"flags": named_flags(64)})

        def ask(number: int) -> None:
            key, value, user = f"flag {number}", f"variant {number}", f"user {number}"
            for _ in range(50):
                assert client.get_feature_flag(key, user) == value
                result = client.get_feature_flag_result(key, user)
                assert result is not None
                assert (result.key, result.variant, result.payload) == (key, value, number)
                assert client.evaluate_flags(user, flag_keys=[key]).get_flag_payload(key) == number
                assert client.capture(key, distinct_id=user, properties={"number": number})

        together(64, ask)
        events = [event for event in client.captured() if event["event"] != "$feature_flag_called"]
        assert len(events) == 64 * 50
        assert all(event["event"] == f"flag {event['properties']['number']}" for event in events)
        assert all(event["distinct_id"] == f"user {event['properties']['number']}" for event in events)


@pytest.mark.soak
def test_16_threads_capture_while_4_shut_down(standin: StandIn) -> None:
    """20 rounds in `make test`, 200 in `make soak`. What was accepted arrives or is counted, whoever came first."""
    rounds = 200 if SOAK else 20
    delivered = 0
    for _ in range(rounds):
        client = Posthog(standin.token, standin.url, flush_at=10)
        accepted = list[str]()

        def work(number: int) -> None:
            if number < 4:
                client.shutdown(5)
                return
            for turn in range(20):
                uuid = client.capture("e", distinct_id="u", properties={"number": number, "turn": turn})
                if uuid:
                    accepted.append(uuid)

        together(20, work)
        stats = client.stats()
        assert stats["queued"] == stats["in_flight"] == 0
        assert stats["delivered"] + sum(stats["dropped"].values()) == stats["accepted"] == 16 * 20
        assert stats["delivered"] == len(accepted)
        delivered += len(accepted)
    events = {event["uuid"] for event in standin.events()}
    assert len(events) == delivered > 0


BUSY = """
import statistics, sys, threading, time
from libposthog import Posthog

ending = threading.Event()
def count():
    number = 0
    while not ending.is_set():
        number += 1
threading.Thread(target=count).start()
posthog = Posthog("phc", sys.argv[1], max_queue_size=10**6)
took = []
try:
    for number in range(int(sys.argv[2])):
        time.sleep(0.0001)  # takes its turn, as a server that waits for a request does
        start = time.perf_counter()
        posthog.capture("e", distinct_id="u", properties={"a": 1, "b": "text", "c": [1, 2, 3]})
        took.append((time.perf_counter() - start) * 1e6)
finally:
    ending.set()
took.sort()
print(took[len(took) // 2], took[len(took) * 99 // 100])
posthog.shutdown()
"""


def test_one_busy_thread_does_not_slow_capture_down(standin: StandIn) -> None:
    """A call that gave up the interpreter lock would wait 5 ms to get it back, nearly every time."""
    median, p99 = map(float, run_program(BUSY, standin.url, "400").split())
    print(f"beside a busy thread capture takes {median:.1f} us, p99 {p99:.1f}")
    assert median < 2000


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import gevent, sys, time
from libposthog import Posthog

posthog = Posthog(sys.argv[1], sys.argv[2], secret_key="phs_standin", flush_at=50)
assert posthog.get_feature_flag("new-checkout", "warm", send_feature_flag_events=False) is True

def reads():
    return int(open("/proc/thread-self/io").read().split("syscr:")[1].split()[0])

def work(number):
    for turn in range(100):
        assert posthog.capture("e", distinct_id=f"user {number}", properties={"number": number, "turn": turn})
        assert posthog.get_feature_flag("new-checkout", "u", send_feature_flag_events=False) is True
        gevent.sleep(0)

before, start = reads(), time.perf_counter()
gevent.joinall([gevent.spawn(work, number) for number in range(100)], raise_error=True)
took, made = time.perf_counter() - start, reads() - before

# A wait blocks a thread, as every foreign call does: one of gevent's pool, so that the other greenlets run.
beats = 0
def beat():
    global beats
    while True:
        beats += 1
        gevent.sleep(0.01)
beating = gevent.spawn(beat)
silent = Posthog("phc", mode="memory")
silent.drain(0.5)
gevent.get_hub().threadpool.apply(silent.drain, (0.05,))
beating.kill()
silent.shutdown()
assert posthog.flush()["pending"] == 0
print(made, beats, took / 20000 * 1e6)
"""


def test_greenlets(standin: StandIn) -> None:
    reads, beats, microseconds = run_program(GREENLETS, standin.token, standin.url).split()
    print(f"20,000 calls from 100 greenlets: {reads} reads, {float(microseconds):.1f} us each; {beats} beats in a wait")
    events = [(event["properties"]["number"], event["properties"]["turn"]) for event in standin.events()]
    assert sorted(events) == [(number, turn) for number in range(100) for turn in range(100)]
    # Go looks up the bounds of the stack where it does not know it: several reads of /proc/self/maps for every call.
    assert int(reads) < 200
    assert int(beats) > 3
