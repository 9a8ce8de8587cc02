"""Plays the cases of the group realtime through libposthog.so with its own driver: ``realtime.py CASES OUT.json``.

The clock is the real one and the network is the stand-in server: it answers as the case's ``http`` steps say, and what it
was sent is compared with what they expect. The file is read, and values are compared, as by the Python binding's runner.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from conformance import Mismatch, json_of, match, parse, write
from libposthog._session import Session

GROUP = "realtime"

# How much later than in virtual time something may happen on a busy machine.
PATIENCE_SECONDS = 20.0


class Standin:
    """The stand-in server as a process of its own, which ends with this one."""

    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen(
            [program, "-exit-on-stdin-close"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url, self.control = (self.process.stdout.readline().split()[-1] for _ in range(2))

    def order(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.control}/_control/{path}", data=data)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:
            return parse(response.read())

    def requests(self, token: str) -> list[Any]:
        return self.order("requests?token=" + urllib.parse.quote(token))


def fault_of(reply: Any) -> dict[str, Any]:
    """What the stand-in is to do for a case's reply."""
    if "error" in reply:
        return {"action": {"timeout": "hang", "reset": "reset"}[reply["error"]]}
    body = reply.get("body", "")
    return {
        "status": int(reply["status"]),
        "headers": reply.get("headers", {}),
        "body": body if type(body) is str else write(body),
    }


class Play:
    """A case under way, under a project key of its own."""

    def __init__(self, case: Any, standin: Standin) -> None:
        self.standin, self.token = standin, "phc_" + case["id"]
        replies = [fault_of(step["http"]["reply"]) for step in case["steps"] if "http" in step]
        if replies:
            standin.order("faults", {"token": self.token, "sequence": replies})
        options = {**case["open"], "api_key": self.token, "host": standin.url, "entropy": case["entropy"]}
        self.t0_ms, self.opened = int(case["t0_ms"]), time.monotonic()
        self.session = Session(write(options).encode())
        self.seen = 0
        self.waiting: dict[int, threading.Thread] = {}
        self.answers: dict[int, tuple[int, Any]] = {}

    def step(self, index: int, step: Any) -> None:
        self.sleep_until(int(step["at_ms"]))
        if "http" in step:
            self.exchange(step["http"]["expect"])
        elif "done" in step:
            asked = int(step["done"])
            self.waiting[asked].join(PATIENCE_SECONDS)
            if asked not in self.answers:
                raise Mismatch(f"step {asked} does not end")
            self.compare(step, *self.answers[asked])
        elif step.get("idle"):
            if len(self.standin.requests(self.token)) != self.seen:
                raise Mismatch("a request that nobody expected")
        elif int(step.get("status", 0)) == 1:
            self.waiting[index] = threading.Thread(target=self.wait, args=(index, step), daemon=True)
            self.waiting[index].start()
        else:
            self.compare(step, *self.call(step))

    def sleep_until(self, at_ms: int) -> None:
        time.sleep(max(0.0, self.opened + (at_ms - self.t0_ms) / 1000 - time.monotonic()))

    def wait(self, index: int, step: Any) -> None:
        self.answers[index] = self.call(step)

    def call(self, step: Any) -> tuple[int, Any]:
        body = step["raw"] if "raw" in step else write(step.get("in", {}))
        status, reply = self.session.call(step["op"], body.encode(), waits=True)
        return status, parse(json_of(reply))

    def compare(self, step: Any, status: int, reply: Any) -> None:
        if status != int(step.get("status", 0)):
            raise Mismatch(f"got status {status}, want {step.get('status', 0)}: {write(reply)}")
        if "expect" in step:
            match("reply", step["expect"], reply)

    def exchange(self, want: Any) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(requests := self.standin.requests(self.token)) <= self.seen:
            if time.monotonic() > deadline:
                raise Mismatch(f"request {self.seen} does not come")
            time.sleep(0.01)
        request = requests[self.seen]
        self.seen += 1
        for name in ("method", "path"):
            if name in want:
                match(name, want[name], request[name])
        for name, value in want.get("headers", {}).items():
            found = {key.lower(): values for key, values in request["headers"].items()}.get(name)
            match(f"header {name}", value, found[0] if isinstance(found, list) else found)
        if "body" in want:
            match("body", want["body"], parse(request["body"]) if type(request["body"]) is str else request["body"])

    def end(self) -> None:
        self.session.call("shutdown", b'{"timeout_ms":0}', waits=True)
        if len(requests := self.standin.requests(self.token)) != self.seen:
            raise Mismatch(f"{len(requests)} requests, want {self.seen}")


def play(case: Any, standin: Standin) -> dict[str, str]:
    """How a case ends: a status and a message."""
    if case["group"] != GROUP:
        return {"status": "skipped", "message": "virtual-time"}
    where = "open"
    try:
        under_way = Play(case, standin)
        for index, step in enumerate(case["steps"]):
            where = f"step {index}"
            under_way.step(index, step)
        where = "end"
        under_way.end()
    except Exception as error:  # whatever breaks, the others still play
        return {"status": "failed", "message": f"{where}: {error}"}
    finally:
        urllib.request.urlopen(urllib.request.Request(standin.control + "/_control/faults", method="DELETE")).close()
    return {"status": "passed", "message": ""}


def main(folder: Path, out: Path) -> int:
    standin = Standin(os.environ["POSTHOG_STANDIN"])
    results = []
    for name in json.loads((folder / "index.json").read_text(encoding="utf-8"))["files"]:
        for case in parse((folder / name).read_text(encoding="utf-8"))["cases"]:
            result = play(case, standin)
            results.append({"id": case["id"], "group": case["group"], **result})
            if result["status"] == "failed":
                print(f"driver: {case['id']}: {result['message']}")
    report = {"host": "driver", "real_time": True, "results": results}
    out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    failed, skipped = (sum(result["status"] == status for result in results) for status in ("failed", "skipped"))
    print(f"driver: ran {len(results) - skipped} cases, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
