"""Runs the conformance corpus through the Python binding: ``conformance.py CASES OUT.json``.

Every case gets a fresh host-driven client in virtual time; the runner plays the network. Numbers are compared by the
token they were written with, so they are kept as texts of their own kind.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.parse
from pathlib import Path
from typing import Any

from libposthog import PostHogError
from libposthog._session import Session

# What this host has of the things a case may need.
CAPABILITIES = frozenset({"poll"})

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Number(str):
    """A number as it was written."""


class Mismatch(Exception):
    """What went other than scripted."""


def parse(text: str | bytes) -> Any:
    return json.loads(text, parse_int=Number, parse_float=Number)


def json_of(reply: bytes) -> bytes:
    """A reply without what may lie behind its JSON: the body of a polled request."""
    return reply.partition(b"\0")[0]


def write(value: Any) -> str:
    """Compact JSON, with numbers as they were read and members in their order."""
    if isinstance(value, Number):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{write(name)}:{write(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def match(where: str, want: Any, got: Any) -> None:
    if isinstance(want, dict) and "$any" in want:
        kind = {"uuid": str, "string": str, "number": Number}[want["$any"]]
        if type(got) is not kind or (want["$any"] == "uuid" and not UUID.fullmatch(got)):
            raise Mismatch(f"{where}: got {write(got)}, want any {want['$any']}")
    elif isinstance(want, dict) and isinstance(got, dict):
        if want.keys() != got.keys():
            raise Mismatch(f"{where}: got members {sorted(got)}, want {sorted(want)}")
        for name in want:
            match(f"{where}.{name}", want[name], got[name])
    elif isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            raise Mismatch(f"{where}: got {len(got)} elements, want {len(want)}: {write(got)}")
        for index, (wanted, found) in enumerate(zip(want, got)):
            match(f"{where}[{index}]", wanted, found)
    elif type(want) is not type(got) or want != got:
        raise Mismatch(f"{where}: got {write(got)}, want {write(want)}")


class Run:
    """A case under way."""

    def __init__(self, case: Any) -> None:
        options = {**case["open"], "entropy": case["entropy"], "io": "host", "now_ms": case["t0_ms"]}
        self.session = Session(write(options).encode())
        self.tickets: dict[int, Any] = {}

    def step(self, index: int, step: Any) -> None:
        at = step["at_ms"]
        if "http" in step:
            self.exchange(at, step["http"])
        elif "done" in step:
            done = self.poll(at, "done")
            match("ticket", self.tickets[int(step["done"])], done["ticket"])
            match("status", step.get("status", Number(0)), done["status"])
            if "expect" in step:
                match("reply", step["expect"], done["reply"])
        elif step.get("idle"):
            self.poll(at, "wake_ms")
        else:
            self.operation(index, at, step)

    def operation(self, index: int, at: str, step: Any) -> None:
        if "raw" in step:
            self.call("stats", {}, at)  # moves the clock, which raw input cannot carry
            status, text = self.session.call(step["op"], step["raw"].encode())
            reply = parse(json_of(text))
        else:
            status, reply = self.call(step["op"], step.get("in", {}), at)
        if status != int(step.get("status", 0)):
            raise Mismatch(f"got status {status}, want {step.get('status', 0)}: {write(reply)}")
        if status == 1:
            self.tickets[index] = reply["ticket"]
        if "expect" in step:
            match("reply", step["expect"], reply)

    def exchange(self, at: str, http: Any) -> None:
        request = self.poll(at, "request")
        want, url = http["expect"], urllib.parse.urlsplit(request["url"])
        if "method" in want:
            match("method", want["method"], request["method"])
        if "path" in want:
            match("path", want["path"], url.path)
        if "query" in want:
            given = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
            match("query", sorted(map(list, want["query"].items())), sorted(map(list, given)))
        for name, value in want.get("headers", {}).items():
            match(f"header {name}", value, request["headers"].get(name))
        if "body" in want:
            match("body", want["body"], parse(request["bytes"]))
        reply = dict(http["reply"])
        if "error" not in reply:
            body = reply.get("body", "")
            reply = {"headers": {}, **reply, "body": body if type(body) is str else write(body)}
        status, answer = self.call("complete", {"id": request["id"], **reply}, at)
        if status != 0:
            raise Mismatch(f"complete answers status {status}: {write(answer)}")

    def poll(self, at: str, kind: str) -> Any:
        status, buffer = self.session.call("poll", b'{"now_ms":%s}' % at.encode())
        reply = parse(json_of(buffer))
        if status != 0 or list(reply) != [kind]:
            raise Mismatch(f"poll gives {write(reply)}, want {kind}")
        found = reply[kind]
        if kind == "request":
            body = found.get("body") or {"at": "0", "len": "0"}
            found["bytes"] = buffer[int(body["at"]) : int(body["at"]) + int(body["len"])]
        return found

    def call(self, op: str, fields: Any, at: str) -> tuple[int, Any]:
        text = write(fields)[:-1] + ("," if fields else "") + f'"now_ms":{at}}}'
        status, reply = self.session.call(op, text.encode())
        return status, parse(json_of(reply))


def run(case: Any) -> tuple[str, str]:
    """How a case ends: a status and a message."""
    for need in case.get("needs", ()):
        if need not in CAPABILITIES:
            return "skipped", need
    where = "open"
    try:
        under_way = Run(case)
        for index, step in enumerate(case["steps"]):
            where = f"step {index}"
            under_way.step(index, step)
        under_way.session.shutdown({"timeout_ms": 0})
    except (Mismatch, PostHogError) as error:
        return "failed", f"{where}: {error}"
    return "passed", ""


def main(folder: Path, out: Path) -> int:
    results = []
    for name in json.loads((folder / "index.json").read_text(encoding="utf-8"))["files"]:
        for case in parse((folder / name).read_text(encoding="utf-8"))["cases"]:
            status, message = run(case)
            results.append({"id": case["id"], "group": case["group"], "status": status, "message": message})
            if status == "failed":
                print(f"python: {case['id']}: {message}")
    out.write_text(json.dumps({"host": "python", "results": results}, indent=1) + "\n", encoding="utf-8")
    count = {status: sum(result["status"] == status for result in results) for status in ("failed", "skipped")}
    ran = len(results) - count["skipped"]
    print(f"python: ran {ran} cases, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
