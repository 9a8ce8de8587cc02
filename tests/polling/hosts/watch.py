"""Answers every line of its input with the flag's value as it is now and the records about it."""

import json
import os
import sys

from libposthog import Posthog

with Posthog(
    os.environ["POSTHOG_API_KEY"],
    host=os.environ["POSTHOG_HOST"],
    secret_key=os.environ["POSTHOG_SECRET_KEY"],
    poll_interval=int(os.environ["POLL_MS"]) / 1000,
) as posthog:
    for _ in sys.stdin:
        value = posthog.get_feature_flag("new-checkout", "user", only_evaluate_locally=True)
        print(json.dumps({"value": value, "records": {"records": posthog.drain()}}), flush=True)
