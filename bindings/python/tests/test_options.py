"""Constructor options."""

from __future__ import annotations

import platform

import pytest

from libposthog import PostHogError, Posthog
from libposthog._options import translate


def test_names_and_units_become_the_librarys() -> None:
    options = {
        "flush_interval": 0.5,
        "timeout": 15,
        "poll_interval": 60,
        "feature_flags_request_timeout_seconds": 1.5,
        "gzip": False,
        "flush_at": 5,
        "personal_api_key": "phs",
        "capture_mode": None,
    }
    opened = translate("phc", "https://eu.posthog.com", options)
    del opened["lib_version"], opened["super_properties"]
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
    ("option", "value"),
    [("metrics", {"service_name": "x"}), ("flag_fallback_cache_url", "memory://"), ("capture_trace_context", True)],
)
def test_an_option_that_does_not_exist_is_refused(option: str, value: object) -> None:
    with pytest.raises(PostHogError, match=option) as raised:
        Posthog("phc", **{option: value})  # type: ignore[arg-type]
    assert raised.value.code == "UNSUPPORTED"


@pytest.mark.parametrize(
    ("option", "value"),
    [("flush_interval", float("nan")), ("timeout", float("inf")), ("flush_interval", "30")],
)
def test_a_value_that_cannot_be_is_refused(option: str, value: object) -> None:
    with pytest.raises(PostHogError, match=option) as raised:
        Posthog("phc", **{option: value})  # type: ignore[arg-type]
    assert raised.value.code == "INVALID_ARGUMENT"


def test_its_neutral_value_is_not() -> None:
    neutral = {"metrics": None, "capture_trace_context": False, "code_variables_mask_patterns": ["secret"]}
    translate("phc", None, neutral)


def test_options_may_follow_by_position_in_posthog_pythons_order() -> None:
    # project_api_key, host, debug, max_queue_size, send, on_error, flush_at
    with Posthog("phc", None, True, 1, True, None, 20, mode="memory") as posthog:
        assert posthog.debug is True


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"capture_mode": "analytics_v1"}, ("v1", None)),
        ({"capture_mode": "legacy"}, ("v0", None)),
        ({"capture_mode": "v1", "capture_compression": "zstd"}, ("v1", "zstd")),
        ({}, (None, None)),
    ],
)
def test_protocol_and_compression(given: dict[str, str], expected: tuple[str | None, str | None]) -> None:
    opened = translate("phc", None, given)
    assert (opened.get("capture_mode"), opened.get("compression")) == expected


def test_protocol_and_compression_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTHOG_CAPTURE_MODE", "analytics_v1")
    monkeypatch.setenv("POSTHOG_CAPTURE_COMPRESSION", "gzip")
    opened = translate("phc", None, {})
    assert (opened["capture_mode"], opened["compression"]) == ("v1", "gzip")
    assert translate("phc", None, {"capture_mode": "v0"})["capture_mode"] == "v0"


def test_the_runtime_is_told_and_may_be_changed() -> None:
    told = translate("phc", None, {"super_properties": {"$os": "mine", "plan": "pro"}})["super_properties"]
    assert (told["$python_runtime"], told["$os"], told["plan"]) == (platform.python_implementation(), "mine", "pro")


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
    opened = translate("phc", host, {})
    assert {name: opened[name] for name in ("proxy", "no_proxy", "ca_file") if name in opened} == expected


def test_what_the_caller_says_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", OTHER)
    assert translate("phc", None, {"proxy": PROXY})["proxy"] == PROXY


def test_what_runs_the_program_is_what_platform_says() -> None:
    told = translate("phc", None, {})["super_properties"]
    try:
        distribution = platform.freedesktop_os_release()
        expected = {"$os_version": distribution["VERSION_ID"], "$os_distro": distribution["NAME"]}
    except (OSError, KeyError):
        expected = {"$os_version": platform.release()}
    runtime = {"$python_runtime": platform.python_implementation(), "$python_version": platform.python_version()}
    assert told == {**runtime, "$os": platform.system(), **expected}
