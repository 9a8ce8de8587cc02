"""Runs the conformance corpus through the Python binding: ``conformance.py CASES HOST.json``.

Every case gets a fresh host-driven client in virtual time; the runner plays the network. Numbers are compared by the
token they were written with, so they are kept as texts of their own kind.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import urllib.parse
from pathlib import Path
from typing import Any

from libposthog import PostHogError
from libposthog._session import Session

# What this host has of the things a case may need.
CAPABILITIES = frozenset({"poll", "virtual-time"})

# The only group whose cases hold in real time too.
REAL_TIME = "realtime"

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
        self.requests, self.replies = hashlib.sha256(), hashlib.sha256()

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
            wake = self.poll(at, "wake_ms")
            if "wake_ms" in step:
                match("wake_ms", step["wake_ms"], wake)
        else:
            self.operation(index, at, step)

    def operation(self, index: int, at: str, step: Any) -> None:
        if "raw" in step:
            self.call("stats", {}, at)  # moves the clock, which raw input cannot carry
            status, buffer = self.session.call(step["op"], step["raw"].replace("PADDING", "x" * int(step.get("pad", 0)), 1).encode())
        else:
            status, buffer = self.call(step["op"], step.get("in", {}), at)
        reply = self.take(step["op"], status, buffer)
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
        if "origin" in want:
            match("origin", want["origin"], f"{url.scheme}://{url.netloc}")
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
            raise Mismatch(f"complete answers status {status}: {answer.decode()}")

    def poll(self, at: str, kind: str) -> Any:
        status, buffer = self.call("poll", {}, at)
        reply = self.take("poll", status, buffer)
        if status != 0 or list(reply) != [kind]:
            raise Mismatch(f"poll gives {write(reply)}, want {kind}")
        return reply[kind]

    def take(self, op: str, status: int, buffer: bytes) -> Any:
        """Reads an answer and takes it down for the digests: a request as such, anything else as the text it is."""
        reply = parse(json_of(buffer))
        if op == "poll" and "request" in reply:
            request = reply["request"]
            body = request.get("body") or {"at": "0", "len": "0"}
            request["bytes"] = buffer[int(body["at"]) : int(body["at"]) + int(body["len"])]
            headers = "".join(f"{name}: {value}\n" for name, value in request["headers"].items())
            head = f"{request['method']}\n{request['url']}\n{headers}\n{len(request['bytes'])}\n"
            self.requests.update(head.encode() + request["bytes"])
        else:
            self.replies.update(b"%d\n%s\n" % (status, json_of(buffer)))
        return reply

    def call(self, op: str, fields: Any, at: str) -> tuple[int, bytes]:
        text = write(fields)[:-1] + ("," if fields else "") + f'"now_ms":{at}}}'
        return self.session.call(op, text.encode())


def run(case: Any) -> dict[str, str]:
    """How a case ends: a status, a message, and the digests of what the client did."""
    for need in [*case.get("needs", ()), *(["virtual-time"] if case["group"] != REAL_TIME else [])]:
        if need not in CAPABILITIES:
            return {"status": "skipped", "message": need}
    where = "open"
    try:
        under_way = Run(case)
        for index, step in enumerate(case["steps"]):
            where = f"step {index}"
            under_way.step(index, step)
        under_way.session.shutdown({"timeout_ms": 0})
    except (Mismatch, PostHogError) as error:
        return {"status": "failed", "message": f"{where}: {error}"}
    digests = {"requests": under_way.requests.hexdigest(), "replies": under_way.replies.hexdigest()}
    return {"status": "passed", "message": "", **digests}


def main(folder: Path, out: Path) -> int:
    results, host = [], out.stem
    for name in json.loads((folder / "index.json").read_text(encoding="utf-8"))["files"]:
        for case in parse((folder / name).read_text(encoding="utf-8"))["cases"]:
            result = run(case)
            results.append({"id": case["id"], "group": case["group"], **result})
            if result["status"] == "failed":
                print(f"{host}: {case['id']}: {result['message']}")
    out.write_text(json.dumps({"host": host, "results": results}, indent=1) + "\n", encoding="utf-8")
    count = {status: sum(result["status"] == status for result in results) for status in ("failed", "skipped")}
    ran = len(results) - count["skipped"]
    print(f"{host}: ran {ran} cases, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
