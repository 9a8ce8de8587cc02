"""Measures one client in one scenario and prints one line of JSON: bench.py CLIENT SCENARIO name=value ...

CLIENT is ctypes or accelerator, which are libposthog, or official, which is posthog. The scenarios and their parameters
are those of tests/bench/README.md.
"""

import functools
import gc
import importlib
import json
import os
import resource
import sys
import threading
import time

USERS = 100
PERSON = {"plan": "pro", "country": "DE", "age": 30, "email": "a@x.com"}
# What is told of a user who is asked about: a simple flag needs nothing.
TOLD = {"simple": {}, "five": {"person_properties": PERSON, "only_evaluate_locally": True}}


class Libposthog:
    """libposthog. The accelerator is used where it was built unless it is switched off."""

    module, patience = "libposthog", (120,)

    def __init__(self, host, gzip, queue, flags, kind="Posthog"):
        options = {"gzip": gzip}
        if queue:
            options["max_queue_size"] = queue
        if flags:
            options["secret_key"] = "phs_bench"
        self.client = getattr(importlib.import_module(self.module), kind)("phc_bench", host=host, **options)
        self.capture = self.client.capture

    def settle(self):
        self.client.flush(None)

    def close(self):
        self.client.shutdown(*self.patience)

    def flag(self, key):
        """A function of the user, like the next one."""
        return functools.partial(self.client.get_feature_flag, key, **TOLD[key])

    def all_flags(self):
        return functools.partial(self.client.get_all_flags, person_properties=PERSON, only_evaluate_locally=True)


class Official(Libposthog):
    """posthog. Its shutdown takes no timeout, and get_feature_flag_result is its cheapest way to one value that is not
    deprecated."""

    module, patience = "posthog", ()

    def flag(self, key):
        ask = functools.partial(self.client.get_feature_flag_result, key, **TOLD[key])

        def value(user):
            result = ask(user)
            return result.get_value() if result else None

        return value


def event(number):
    """An event of ten properties, about 390 bytes."""
    return f"user-{number % 1000}", {
        "amount": 129.99 + number,
        "currency": "EUR",
        "items": 3,
        "plan": "pro",
        "country": "DE",
        "first": True,
        "coupon": None,
        "path": "/checkout/done",
        "referrer": "https://www.example.com/shop/shoes?page=3&sort=price",
        "note": "hello world, this is an ordinary text of an ordinary length, and no more",
    }


def cpu_us():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1e6


def memory_mb(field):
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
    raise LookupError(field)


def percentiles(nanoseconds):
    ordered = sorted(nanoseconds)

    def at(share):
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] / 1000

    return {"p50_us": at(0.5), "p99_us": at(0.99), "p999_us": at(0.999)}


def warm_up(client, events):
    for number in range(events):
        user, properties = event(number)
        client.capture("order completed", distinct_id=user, properties=properties)
    client.settle()


def timed(client, number):
    user, properties = event(number)
    before = time.perf_counter_ns()
    client.capture("order completed", distinct_id=user, properties=properties)
    return time.perf_counter_ns() - before


def capture(client, n, warm, **_):
    warm_up(client, warm)
    taken = [timed(client, number) for number in range(n)]
    return {"wall_us": sum(taken) / n / 1000, **percentiles(taken)}


def deliver(client, n, warm, **_):
    warm_up(client, warm)
    started, before = time.time_ns(), cpu_us()
    for number in range(n):
        user, properties = event(number)
        client.capture("order completed", distinct_id=user, properties=properties)
    client.close()
    return {"started_ms": started / 1e6, "cpu_us": cpu_us() - before, "peak_rss_mb": memory_mb("VmHWM")}


def pace(n, rate, step):
    """Calls step n times, rate times a second."""
    start = time.perf_counter()
    for number in range(n):
        ahead = start + number / rate - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
        step(number)


def steady(client, n, rate, warm, **_):
    warm_up(client, warm)
    taken = []
    before = cpu_us()
    pace(n, rate, lambda number: taken.append(timed(client, number)))
    client.settle()
    return {"cpu_us": cpu_us() - before, "events": n, **percentiles(taken)}


def nothing(client, n, rate, **_):
    before = cpu_us()
    pace(n, rate, event)
    return {"cpu_us": cpu_us() - before, "events": n}


def busy(client, **parameters):
    def spin():
        number = 0
        while True:
            number = (number + 1) % 1000

    threading.Thread(target=spin, daemon=True).start()
    return steady(client, **parameters)


def loop(client, ms, **_):
    return importlib.import_module("loop").measure(client.client, event, ms)


def flags(client, budget_ms, single, **_):
    users = [f"user-{number}" for number in range(USERS)]

    def ask(call):
        for user in users:
            call(user)
        taken, end = [], time.perf_counter_ns() + budget_ms * 1_000_000
        while time.perf_counter_ns() < end:
            user = users[len(taken) % USERS]
            before = time.perf_counter_ns()
            call(user)
            taken.append(time.perf_counter_ns() - before)
        return percentiles(taken)

    result = {"all_us": ask(client.all_flags())["p50_us"]}
    if single:
        for key in ("simple", "five"):
            asked = ask(client.flag(key))
            result[key + "_us"], result[key + "_p99_us"] = asked["p50_us"], asked["p99_us"]
    return result


def idle(client, ms, warm, before_mb, **_):
    client.flag("simple")("user-1")
    warm_up(client, warm)
    gc.collect()
    before = cpu_us()
    time.sleep(ms / 1000)
    used = (cpu_us() - before) / ms
    resident = memory_mb("VmRSS")
    return {"idle_cpu_ms": used, "rss_mb": resident, "rss_added_mb": resident - before_mb}


SCENARIOS = {
    "capture": capture, "deliver": deliver, "steady": steady, "nothing": nothing, "busy": busy, "loop": loop, "flags": flags,
    "idle": idle,
}
NEEDS_FLAGS = ("loop", "flags", "idle", "startup")


def main(name, scenario, *pairs):
    parameters = {key: value for key, _, value in (pair.partition("=") for pair in pairs)}
    host = parameters.pop("host")
    parameters = {key: int(value) for key, value in parameters.items()}
    kind = Official if name == "official" else Libposthog
    before_mb, before = memory_mb("VmRSS"), time.perf_counter()
    which = ["AsyncPosthog"] if scenario == "loop" else []
    client = kind(host, bool(parameters.get("gzip", 1)), parameters.get("queue", 0), scenario in NEEDS_FLAGS, *which)
    if scenario == "startup":
        value = client.flag("simple")("user-1")
        result = {"startup_ms": (time.perf_counter() - before) * 1000}
        if value is None:
            raise SystemExit("the first flag was not decided")
    else:
        result = SCENARIOS[scenario](client, before_mb=before_mb, **parameters)
    print(json.dumps(result), flush=True)
    os._exit(0)  # what is still queued is of no interest


main(*sys.argv[1:])
