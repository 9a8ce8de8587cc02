"""The Python binding behind the adapter: a line of standard input is a thing to do, see child.go."""

import json
import sys
import threading

from libposthog import Posthog

clients = {}
output = threading.Lock()


def init(client, given):
    clients[client] = Posthog(
        given["api_key"],
        host=given["host"],
        flush_at=given["flush_at"],
        flush_interval=given["flush_interval_ms"] / 1000,
        max_retries=given["max_retries"],
        capture_mode=given["capture_mode"],
        capture_compression=given["compression"],
        disable_geoip=given["disable_geoip"],
        historical_migration=given["historical_migration"],
        headers=given["headers"],
        debug=True,
    )


def capture(client, given):
    return {"uuid": clients[client].capture(given.pop("event"), **given)}


def capture_ai(client, given):
    return {"uuid": clients[client].capture_ai(given.pop("event"), **given)}


def flush(client, _):
    return clients[client].flush(timeout_seconds=None)


def stats(client, _):
    return clients[client].stats()


def get_feature_flag(client, given):
    return {"value": clients[client].get_feature_flag(given.pop("key"), given.pop("distinct_id"), **given)}


def reset(client, _):
    clients.pop(client).shutdown(timeout_seconds=0)


ACTIONS = {
    action.__name__: action for action in (init, capture, capture_ai, flush, stats, get_feature_flag, reset)
}


def perform(line):
    number, client, action, text = line.split(" ", 3)
    try:
        told = f"ok {json.dumps(ACTIONS[action](client, json.loads(text)) or {})}"
    except Exception as error:
        told = f"error {type(error).__name__}: {error}"
    with output:
        print(number, told, flush=True)


for line in sys.stdin:
    threading.Thread(target=perform, args=(line,)).start()
