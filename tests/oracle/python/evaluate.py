"""Answers a corpus with PostHog's SDK for Python: evaluate.py CORPUS RESULTS

The definitions come to the client through its cache interface, every call is local only, and a connection that is
tried all the same ends the run.
"""

import datetime
import json
import logging
import socket
import sys
import types
import warnings

import posthog
from posthog import feature_flags
from posthog.version import VERSION


class Definitions:
    """What the client takes for a shared cache. It holds one document and never lets the client fetch."""

    def __init__(self):
        self.document = None

    def should_fetch_flag_definitions(self):
        return False

    def get_flag_definitions(self):
        return self.document

    def on_flag_definitions_received(self, data):
        raise AssertionError("the client fetched definitions")

    def shutdown(self):
        pass


def forbid_network():
    def refuse(*args, **kwargs):
        attempts.append(args[1:])
        raise OSError("the oracle has no network")

    attempts = []
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, refuse)
    return attempts


def freeze_clock(now_ms):
    """Gives the evaluator, and nothing else, a clock that stands."""
    now = datetime.datetime.fromtimestamp(now_ms / 1000, datetime.timezone.utc)

    class Frozen(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return now.astimezone(tz) if tz else now.replace(tzinfo=None)

    feature_flags.datetime = types.SimpleNamespace(
        datetime=Frozen, date=datetime.date, timedelta=datetime.timedelta, timezone=datetime.timezone
    )


def answer(client, call):
    result = client.get_feature_flag_result(
        call["key"],
        call["distinct_id"],
        groups=call["groups"],
        person_properties=call["person_properties"],
        group_properties=call["group_properties"],
        only_evaluate_locally=True,
        send_feature_flag_events=False,
    )
    if result is None:
        return {"value": None, "payload": None}
    return {"value": result.get_value(), "payload": result.payload}


def main(corpus_path, results_path):
    with open(corpus_path, encoding="utf-8") as file:
        corpus = json.load(file)
    attempts = forbid_network()
    freeze_clock(corpus["now_ms"])
    warnings.simplefilter("ignore", DeprecationWarning)
    logging.disable(logging.CRITICAL)

    definitions = Definitions()
    client = posthog.Client(
        "phc_oracle",
        secret_key="phx_oracle",
        host="http://127.0.0.1:9",
        send=False,
        enable_local_evaluation=False,
        flag_definition_cache_provider=definitions,
    )
    results = []
    for document in corpus["documents"]:
        definitions.document = document["definitions"]
        client.load_feature_flags()
        assert client.feature_flags is document["definitions"]["flags"], "the client did not take the definitions"
        results += [answer(client, call) for call in document["calls"]]

    assert not attempts, f"the client tried to connect: {attempts[:3]}"
    with open(results_path, "w", encoding="utf-8") as file:
        json.dump({"name": "posthog-python", "version": VERSION, "results": results}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
