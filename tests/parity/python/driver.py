"""Performs the scenario through posthog-python, official or ours: ``driver.py SCENARIO URL SIDE ANSWERS``.

Both sides run the same code: switching is changing an import.
"""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import logging
import sys
import uuid
import warnings
from pathlib import Path
from typing import Any

LIBRARY = {"official": "posthog", "ours": "libposthog"}

# Everything a client needs to send at once and ask for nothing by itself.
QUIET = {"flush_interval": 60, "poll_interval": 3600, "max_retries": 0, "gzip": False}


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Order:
    total: float
    lines: list[int]


class Model:
    """Shaped like a pydantic model."""

    def model_dump(self) -> dict[str, Any]:
        return {"id": 1}


class Text(str):
    pass


class Plain:
    pass


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no text for you")

    __repr__ = __str__


def cycle() -> dict[str, Any]:
    loop: dict[str, Any] = {"name": "loop"}
    loop["self"] = loop
    return loop


def deep(levels: int) -> list[Any]:
    nested: list[Any] = []
    for _ in range(levels):
        nested = [nested]
    return nested


VALUES: dict[str, Any] = {
    "time": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "duration": lambda seconds: datetime.timedelta(seconds=seconds),
    "decimal": decimal.Decimal,
    "uuid": uuid.UUID,
    "float": float,
    "integer": int,
    "digits": lambda count: 10 ** (count - 1),
    "bytes": bytes.fromhex,
    "set": set,
    "tuple": tuple,
    "enum": lambda _: Colour.RED,
    "record": lambda _: Order(12.5, [1, 2]),
    "model": lambda _: Model(),
    "subclass": lambda _: Text("text"),
    "cycle": lambda _: cycle(),
    "surrogate": lambda _: "a\ud800b",
    "object": lambda _: Plain(),
    "hostile": lambda _: Hostile(),
    "deep": deep,
    "keys": lambda _: {1: "one", None: "none", True: "true"},
}


def built(value: Any) -> Any:
    """A value of the scenario as Python has it."""
    if isinstance(value, list):
        return [built(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$" in value:
        return VALUES[value["$"]](value.get("of"))
    return {name: built(item) for name, item in value.items()}


def scrub(event: dict[str, Any]) -> dict[str, Any] | None:
    if event["event"] == "raise":
        raise RuntimeError("of the hook")
    event["properties"].pop("secret", None)
    return None if event["event"] == "drop me" else event


def raised(kind: str) -> BaseException:
    if kind == "unraised":
        return ValueError("never raised")
    try:
        if kind == "group":
            raise ExceptionGroup("several", [ValueError("one"), TypeError("two")])  # noqa: F821
        try:
            int("none")
        except ValueError as error:
            raise LookupError("no such thing") from error
    except Exception as error:
        return error
    raise AssertionError(kind)


class Run:
    """One case with one library."""

    def __init__(self, library: Any, url: str, token: str, case: Any) -> None:
        self.library, self.url, self.token = library, url, token
        options = {**QUIET, **case.get("options", {})}
        if options.pop("secret_key", False):
            options["secret_key"] = "phs_standin"
        if "before_send" in options:
            options["before_send"] = scrub
        self.client = library.Posthog(token, host=url, **options)

    def answer(self, step: Any) -> Any:
        """What a step returns, as JSON."""
        fields = {name: built(value) for name, value in step.items() if name != "do"}
        perform = getattr(self, "do_" + step["do"], None) or getattr(self.client, step["do"])
        try:
            return told(perform(**fields))
        except Exception as error:
            return {"raised": type(error).__name__}

    def do_capture(self, event: str, **options: Any) -> Any:
        return self.client.capture(event, **options)

    def do_capture_ai(self, event: str, **options: Any) -> Any:
        return self.client.capture_ai(event, **options)

    def do_alias(self, distinct_id: str, alias: str) -> Any:
        return self.client.alias(distinct_id, alias)

    def do_capture_exception(self, **options: Any) -> Any:
        kind = options.pop("raise")
        error = raised(kind)
        if kind == "twice":
            self.client.capture_exception(error, **options)
        return self.client.capture_exception(error, **options)

    def do_context(self, steps: Any, tags: Any, distinct_id: str, session_id: str | None = None) -> Any:
        with self.client.new_context():
            self.client.identify_context(distinct_id)
            if session_id:
                self.client.set_context_session(session_id)
            for name, value in tags.items():
                self.client.tag(name, value)
            return [self.answer(step) for step in steps]

    def do_evaluate_flags(self, read: list[str], then_capture: str | None = None, **options: Any) -> Any:
        flags = self.client.evaluate_flags(**options)
        values, payloads = [flags.get_flag(key) for key in read], [flags.get_flag_payload(key) for key in read]
        uuids = []
        if then_capture:
            user = options["distinct_id"]
            uuids.append(self.client.capture(then_capture, distinct_id=user, flags=flags.only_accessed()))
            uuids.append(self.client.capture(f"{then_capture} all", distinct_id=user, flags=flags))
        return [sorted(flags.keys), values, payloads, uuids]

    def do_get_feature_flag_keys_by_evaluation_runtime(self, runtime: str) -> Any:
        return self.client.get_feature_flag_keys_by_evaluation_runtime(runtime)

    def do_flush(self) -> Any:
        self.client.flush()

    def do_shutdown(self) -> Any:
        self.client.shutdown()

    def do_module(self, call: Any) -> Any:
        """A function of the module, whose own client gets the case's token."""
        module = self.library
        if module.default_client is None:
            module.api_key, module.host = self.token, self.url
        options = {name: value for name, value in call.items() if name not in ("do", "event")}
        arguments = [call["event"]] if "event" in call else []
        answer = getattr(module, call["do"])(*arguments, **options)
        module.flush()
        return answer


def told(answer: Any) -> Any:
    if dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        return dataclasses.asdict(answer)
    if isinstance(answer, enum.Enum):
        return answer.value
    return answer


def main(scenario: str, url: str, side: str, answers: str) -> None:
    logging.disable()
    warnings.simplefilter("ignore")
    library = __import__(LIBRARY[side])
    told_by_case = {}
    for case in json.loads(Path(scenario).read_text(encoding="utf-8"))["cases"]:
        if "python" in case.get("languages", ["python"]):
            run = Run(library, url, f"phc_{side}_{case['id']}", case)
            told_by_case[case["id"]] = [run.answer(step) for step in case["steps"]]
            run.client.shutdown()
    Path(answers).write_text(json.dumps(told_by_case), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
