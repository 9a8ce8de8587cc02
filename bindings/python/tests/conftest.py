"""What the tests share: the stand-in server, a token for each test, and a way to run programs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "bindings" / "python" / "src"
STANDIN = ROOT / "build" / "posthog-standin"
SECRET_KEY = "phs_standin"

# `make soak` runs the long tests at full length.
SOAK = "LIBPOSTHOG_SOAK" in os.environ

sys.path.insert(0, str(SOURCE))

# Proxies of the machine are no part of a test.
for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "ssl_cert_file"):
    os.environ.pop(name, None)
    os.environ.pop(name.upper(), None)


class StandIn:
    """The stand-in server's control API, for one project token."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token

    def events(self) -> list[dict[str, Any]]:
        """What was received, oldest first."""
        received: list[dict[str, Any]] = self._order("GET", f"events?token={self.token}")
        return received

    def requests(self) -> list[dict[str, Any]]:
        answered: list[dict[str, Any]] = self._order("GET", f"requests?token={self.token}")
        return answered

    def fault(self, *steps: dict[str, Any], path: str = "/batch/", repeat: bool = False) -> None:
        """Script what happens to this token's next requests."""
        script = {"path": path, "token": self.token, "repeat": repeat, "sequence": list(steps)}
        self._order("POST", "faults", script)

    def remote_config(self, key: str, payload: Any) -> None:
        """Script the payload of a remote config flag, for every token."""
        self._order("PUT", f"remote_config/{key}", payload)

    def rollout(self, flag: str, percentage: int) -> None:
        """Change a flag of the definitions, for every token."""
        self._order("POST", f"flags/{flag}", {"rollout_percentage": percentage})

    def _order(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/_control/{path}", method=method, data=None if body is None else json.dumps(body).encode()
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


@pytest.fixture(scope="session")
def standin_url() -> Iterator[str]:
    server = subprocess.Popen(
        [str(STANDIN), "-exit-on-stdin-close"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin and server.stdout
    line = server.stdout.readline()
    found = re.match(r"listening on (http://\S+)", line)
    assert found, f"the stand-in server said {line!r}"
    yield found[1]
    server.stdin.close()
    server.wait(timeout=10)


@pytest.fixture
def standin(standin_url: str, request: pytest.FixtureRequest) -> StandIn:
    return StandIn(standin_url, "phc_" + re.sub(r"\W+", "_", request.node.name))


def surroundings(**variables: str) -> dict[str, str]:
    """The environment of a program that imports this package. Since 3.12 Python warns of every fork beside threads; here
    they are the library's, which is what is tested."""
    quiet = {"PYTHONWARNINGS": "ignore:This process:DeprecationWarning"}
    return {**os.environ, "PYTHONPATH": str(SOURCE), **quiet, **variables}


# The start of a program that does something in a forked child and fails where the child does.
IN_CHILD = """
import os, sys

def in_child(work):
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
"""


def run_program(source: str, *arguments: str, timeout: float = 30, **environment: str) -> str:
    """Run a Python program in a process of its own and return what it printed. A hang fails the test."""
    run = subprocess.run(
        [sys.executable, "-c", source, *arguments],
        env=surroundings(**environment),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stderr == ""
    return run.stdout
