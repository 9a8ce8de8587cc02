"""The demo, from Python: captures, asks for flags, and prints what it saw as one line of JSON."""

import json
import os

import libposthog

FLAGS = ["new-checkout", "beta-dashboard", "button-color", "pro-plan"]

with libposthog.Posthog(
    os.environ["POSTHOG_API_KEY"],
    host=os.environ["POSTHOG_HOST"],
    secret_key=os.environ["POSTHOG_SECRET_KEY"],
) as posthog:
    posthog.load_feature_flags()
    answers = {}
    for number in range(1, 5):
        user = f"user-{number}"
        plan = "pro" if number % 2 == 0 else "free"
        posthog.identify(user, properties={"plan": plan})
        for item in range(5):
            posthog.capture("item bought", distinct_id=user, properties={"item": item, "price": 9.5})
        answers[user] = {
            key: posthog.get_feature_flag(key, user, person_properties={"plan": plan}) for key in FLAGS
        }
    posthog.flush()
    stats = posthog.stats()

print(json.dumps({"captured": stats["accepted"], "delivered": stats["delivered"], "flags": answers}))
