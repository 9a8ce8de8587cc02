"""Memory stays flat. A count too large for the suite runs in full in `make soak`."""

from __future__ import annotations

import json

import pytest
from conftest import SECRET_KEY, SOAK, StandIn, run_program

CALLS = """
import json, sys
from libposthog import Posthog

token, url, secret_key, total = *sys.argv[1:4], int(sys.argv[4])
posthog = Posthog(token, url, secret_key=secret_key, max_cache_size=total // 20, flush_at=100)

def resident():
    return int(open("/proc/self/status").read().split("VmRSS:")[1].split()[0])

for number in range(1, total + 1):
    user = f"user-{number % (total // 5)}"
    assert posthog.capture("e", distinct_id=user, properties={"number": number, "tags": ["a", "b"], "price": 9.5})
    assert posthog.get_feature_flag("new-checkout", user) is True
    if number % 2000 == 0:
        posthog.flush()
    if number == total // 10:
        early = resident()
posthog.flush()
stats = posthog.stats()
print(json.dumps({"early": early, "late": resident(), "accepted": stats["accepted"], "delivered": stats["delivered"]}))
"""


@pytest.mark.soak
def test_captures_and_flag_calls_keep_nothing(standin: StandIn) -> None:
    """50,000 of each in `make test`, a million in `make soak`. A fifth as many users, a twentieth of it remembered."""
    total = 1_000_000 if SOAK else 50_000
    told = json.loads(run_program(CALLS, standin.token, standin.url, SECRET_KEY, str(total), timeout=600))
    print(f"{total} captures and flag calls: {told}")
    assert told["delivered"] == told["accepted"] >= total
    assert told["late"] - told["early"] < 16 * 1024


CLIENTS = """
import json, os, sys
from libposthog import Posthog

url, total = sys.argv[1], int(sys.argv[2])

def resident():
    return int(open("/proc/self/status").read().split("VmRSS:")[1].split()[0])

for number in range(1, total + 1):
    posthog = Posthog("phc", url)
    posthog.shutdown()
    if number == total // 10:
        early = resident()
print(json.dumps({"early": early, "late": resident(), "threads": len(os.listdir("/proc/self/task"))}))
"""


@pytest.mark.soak
def test_clients_keep_nothing_when_they_are_shut_down(standin: StandIn) -> None:
    """10,000 in `make test`, 100,000 in `make soak`."""
    total = 100_000 if SOAK else 10_000
    told = json.loads(run_program(CLIENTS, standin.url, str(total), timeout=600))
    print(f"{total} clients: {told}")
    assert told["late"] - told["early"] < 16 * 1024
    assert told["threads"] < 20
