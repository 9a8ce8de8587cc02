"""Constructor options."""

from __future__ import annotations

import pytest

from libposthog import PostHogError, Posthog
from libposthog._options import translate


def test_names_and_units_become_the_librarys() -> None:
    opened = translate(
        "phc",
        "https://eu.posthog.com",
        flush_interval=0.5,
        timeout=15,
        poll_interval=60,
        feature_flags_request_timeout_seconds=1.5,
        gzip=False,
        flush_at=5,
        personal_api_key="phs",
        capture_mode=None,
    )
    del opened["lib_version"]
    assert opened == {
        "api_key": "phc",
        "host": "https://eu.posthog.com",
        "lib": "libposthog-python",
        "flush_interval_ms": 500,
        "request_timeout_ms": 15000,
        "feature_flags_polling_interval_ms": 60000,
        "feature_flags_request_timeout_ms": 1500,
        "compression": "none",
        "flush_at": 5,
        "personal_api_key": "phs",
    }


@pytest.mark.parametrize(
    ("option", "value"), [("on_error", print), ("sync_mode", True), ("thread", 2), ("send", False)]
)
def test_an_option_that_does_not_exist_is_refused(option: str, value: object) -> None:
    with pytest.raises(PostHogError, match=option) as raised:
        Posthog("phc", **{option: value})  # type: ignore[arg-type]
    assert raised.value.code == "UNSUPPORTED"


def test_its_neutral_value_is_not() -> None:
    translate("phc", None, **{"sync_mode": False, "on_error": None, "thread": 1})  # type: ignore[arg-type]


def test_an_impossible_value_is_refused_by_the_library() -> None:
    with pytest.raises(PostHogError, match="flush_at") as raised:
        Posthog("phc", flush_at="many")  # type: ignore[arg-type]
    assert raised.value.code == "INVALID_ARGUMENT"


PROXY, OTHER = "http://proxy:3128", "http://other:3128"


@pytest.mark.parametrize(
    ("host", "environment", "expected"),
    [
        (None, {"HTTPS_PROXY": PROXY, "HTTP_PROXY": OTHER}, {"proxy": PROXY}),
        ("http://inside", {"HTTPS_PROXY": OTHER, "HTTP_PROXY": PROXY}, {"proxy": PROXY}),
        (None, {"https_proxy": PROXY, "HTTPS_PROXY": OTHER}, {"proxy": PROXY}),
        (None, {"NO_PROXY": "localhost", "SSL_CERT_FILE": "/ca.pem"}, {"no_proxy": "localhost", "ca_file": "/ca.pem"}),
        ("http://inside", {"HTTP_PROXY": OTHER, "REQUEST_METHOD": "GET"}, {}),
        (None, {"HTTPS_PROXY": ""}, {}),
    ],
)
def test_the_environment_is_read_when_a_client_is_made(
    monkeypatch: pytest.MonkeyPatch, host: str | None, environment: dict[str, str], expected: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    opened = translate("phc", host)
    assert {name: opened[name] for name in ("proxy", "no_proxy", "ca_file") if name in opened} == expected


def test_what_the_caller_says_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", OTHER)
    assert translate("phc", None, proxy=PROXY)["proxy"] == PROXY
