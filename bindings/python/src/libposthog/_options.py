"""Constructor options: posthog-python's names to the library's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, TypedDict

from ._errors import PostHogError
from ._version import VERSION

if TYPE_CHECKING:
    from typing_extensions import Unpack


# Gets an event as it will be sent; returns it, changed or not, or None to drop it.
BeforeSend = Callable[[dict[str, Any]], Optional[dict[str, Any]]]


class Options(TypedDict, total=False):
    """What ``Posthog`` takes besides key and host. Durations are seconds unless the name says ``_ms``; what is left out
    has the library's default, given in brackets."""

    # posthog-python's
    debug: bool  # raise PostHogError instead of logging it [False]
    max_queue_size: int  # events waiting; later ones are refused and counted [100000]
    flush_at: int  # events that trigger a request [20]
    flush_interval: float  # longest wait of an event [10]
    gzip: bool  # compress requests [True]
    max_retries: int  # attempts after the first [3]
    timeout: float  # of one request with events [10]
    poll_interval: float  # between looks at the flag definitions [30]
    secret_key: str | None  # for local evaluation and remote config
    personal_api_key: str | None  # the older name of secret_key
    disabled: bool  # accept every call, send nothing [False]
    disable_geoip: bool  # [True]
    is_server: bool  # [True]
    historical_migration: bool  # [False]
    feature_flags_request_timeout_seconds: float  # [3]
    feature_flags_request_max_retries: int  # [1]
    super_properties: Mapping[str, Any] | None  # on every event; the caller's own win
    enable_local_evaluation: bool  # [True]
    capture_mode: str | None  # "v0" or "v1" ["v0"]
    before_send: BeforeSend | None  # sees every event on the caller's thread before it is queued

    # the library's own
    mode: str  # "live", "memory" (keep events, open no socket) or "off" ["live"]
    max_batch_size: int  # events in one request [100]
    max_queue_bytes: int  # [64 MiB]
    max_cache_size: int  # users remembered for $feature_flag_called [50000]
    only_evaluate_locally: bool  # never ask the service for a flag [False]
    send_feature_flag_events: bool  # [True]
    remote_budget_per_minute: int  # bounds flag requests; local answers need none [no bound]
    evaluation_contexts: list[str]
    shutdown_timeout_ms: int  # [30000]
    exit_timeout_ms: int  # flush at the end of the process, all clients together [2000]
    headers: Mapping[str, str]  # added to every request
    proxy: str | None  # [HTTPS_PROXY, or HTTP_PROXY for an http host]
    no_proxy: str | None  # [NO_PROXY]
    ca_file: str | None  # [SSL_CERT_FILE]
    memory_limit_mb: int  # of the library's heap
    fork_copy: bool  # a forked child loads a private copy of the library [True]


_SECONDS = {
    "flush_interval": "flush_interval_ms",
    "timeout": "request_timeout_ms",
    "poll_interval": "feature_flags_polling_interval_ms",
    "feature_flags_request_timeout_seconds": "feature_flags_request_timeout_ms",
}

# Options of posthog-python that do not exist here, with the value that asks for nothing: anything else is refused,
# since an option that is silently ignored is worse than none.
ABSENT: dict[str, Any] = {
    "send": True,
    "on_error": None,
    "sync_mode": False,
    "thread": 1,
    "flag_fallback_cache_url": None,
    "flag_definition_cache_provider": None,
    "capture_compression": None,
    "metrics": None,
    "privacy_mode": False,
    "project_root": None,
    "in_app_modules": None,
    "enable_full_ai_capture": False,
    "enable_exception_autocapture": False,
    "enable_exception_autocapture_rate_limiting": False,
    "log_captured_exceptions": False,
    "capture_exception_code_variables": False,
}


def translate(api_key: str | None, host: str | None, **options: Unpack[Options]) -> dict[str, Any]:
    """The input of the library's ``open``. PostHogError UNSUPPORTED for an option of posthog-python that is not built,
    TypeError for a name neither knows."""
    opened: dict[str, Any] = {
        "api_key": api_key or "",
        "host": host,
        "lib": "libposthog-python",
        "lib_version": VERSION,
        **_surroundings(host or ""),
    }
    for name, value in options.items():
        if name in ABSENT:
            _require_absent(name, value)
        elif name not in Options.__annotations__:
            raise TypeError(f"Posthog() got an unexpected option {name!r}")
        elif value is not None:
            opened.update(_translated(name, value))
    return {name: value for name, value in opened.items() if value is not None}


def _translated(name: str, value: Any) -> dict[str, Any]:
    if name in _SECONDS:
        return {_SECONDS[name]: round(value * 1000)}
    if name == "gzip":
        return {"compression": "gzip" if value else "none"}
    if name == "before_send":
        if not callable(value):
            raise PostHogError("INVALID_ARGUMENT", "before_send must be callable")
        return {"before_send": True}
    if name in ("debug", "fork_copy"):
        return {}
    return {name: value}


def _require_absent(name: str, value: Any) -> None:
    if value != ABSENT[name]:
        raise PostHogError("UNSUPPORTED", f"the option {name} of posthog-python is not supported")


def _surroundings(host: str) -> dict[str, str | None]:
    """What the process's environment says now. The library reads none of it: it could not see what was set after the
    program started."""
    scheme = "http" if host.strip().startswith("http://") else "https"
    # In a CGI program HTTP_PROXY is the client's header "Proxy", not the administrator's choice.
    cgi = scheme == "http" and "REQUEST_METHOD" in os.environ
    return {
        "proxy": os.environ.get("http_proxy") if cgi else _variable(f"{scheme}_proxy"),
        "no_proxy": _variable("no_proxy"),
        "ca_file": os.environ.get("SSL_CERT_FILE") or None,
    }


def _variable(name: str) -> str | None:
    return os.environ.get(name) or os.environ.get(name.upper()) or None
