"""Constructor options: posthog-python's names to the library's."""

from __future__ import annotations

import os
import sys

from ._errors import PostHogError
from ._typing import TYPE_CHECKING, TypedDict
from ._version import VERSION

if TYPE_CHECKING:
    from typing import Any, Mapping, Sequence

    from ._companions import FlagDefinitionCacheProvider
    from ._types import BeforeSend, CaptureCompression, CaptureMode, OnError


class Options(TypedDict, total=False):
    """What ``Posthog`` takes besides key and host, in posthog-python's order. Durations are seconds unless the name says
    ``_ms``; what is left out has the library's default, given in brackets."""

    debug: bool  # raise PostHogError instead of logging it [False]
    max_queue_size: int  # events waiting; later ones are refused and counted [100000]
    send: bool  # False starts opted out: see set_enabled [True]
    on_error: OnError | None  # told of drops and errors, on a thread of its own
    flush_at: int  # events that trigger a request [20]
    flush_interval: float  # longest wait of an event [10]
    gzip: bool  # compress requests [True]
    max_retries: int  # attempts after the first [3]
    sync_mode: bool  # every event is sent in its call [False]
    timeout: float  # of one request with events [10]
    thread: int  # no effect: the library has threads of its own
    poll_interval: float  # between looks at the flag definitions [30]
    personal_api_key: str | None  # the older name of secret_key
    disabled: bool  # accept every call, send nothing [False]
    disable_geoip: bool  # [True]
    is_server: bool  # [True]
    historical_migration: bool  # [False]
    feature_flags_request_timeout_seconds: float  # [3]
    feature_flags_request_max_retries: int  # [1]
    super_properties: Mapping[str, Any] | None  # on every event; the caller's own win
    enable_exception_autocapture: bool  # capture what nobody catches [False]
    log_captured_exceptions: bool  # log them, too [False]
    project_root: str | None  # frames under it are the application's [the working directory]
    privacy_mode: bool  # no effect: concerns wrappers of AI libraries, which are absent
    before_send: BeforeSend | Sequence[BeforeSend] | None  # sees every event on the caller's thread, before it is queued
    flag_fallback_cache_url: None  # not supported
    enable_local_evaluation: bool  # [True]
    flag_definition_cache_provider: FlagDefinitionCacheProvider | None
    capture_exception_code_variables: bool  # not supported
    code_variables_mask_patterns: Sequence[str] | None  # no effect: they shape what is not supported
    code_variables_ignore_patterns: Sequence[str] | None
    code_variables_mask_url_credentials: bool | None
    code_variables_detect_secrets: bool | None
    in_app_modules: Sequence[str] | None  # frames of these are the application's
    enable_exception_autocapture_rate_limiting: bool  # [True]
    exception_autocapture_bucket_size: int  # of a type at once [10]
    exception_autocapture_refill_rate: int  # more of it in every interval [1]
    exception_autocapture_refill_interval_seconds: float  # [10]
    capture_mode: CaptureMode | str | None  # "v0" or "v1" ["v0"]
    capture_compression: CaptureCompression | str | None  # "none", "gzip"; with v1 "deflate", "br", "zstd" [the option gzip]
    secret_key: str | None  # for local evaluation and remote config
    metrics: None  # not supported
    enable_full_ai_capture: bool  # no effect, as privacy_mode
    capture_trace_context: bool  # not supported
    _use_ai_lane: bool  # no effect, as privacy_mode
    _enable_multimodal_capture: bool
    traces: None  # not supported
    app_host: str | None  # not supported
    email_request_timeout_seconds: float  # no effect: they shape what is not supported
    email_request_max_retries: int
    migrated_from: str | None  # not supported

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


ORDER = tuple(Options.__annotations__)

_SECONDS = {
    "flush_interval": "flush_interval_ms", "timeout": "request_timeout_ms",
    "poll_interval": "feature_flags_polling_interval_ms",
    "feature_flags_request_timeout_seconds": "feature_flags_request_timeout_ms",
}

# What the client does itself.
_OWN = frozenset(
    "debug send on_error sync_mode thread enable_exception_autocapture log_captured_exceptions project_root privacy_mode"
    " in_app_modules enable_exception_autocapture_rate_limiting exception_autocapture_bucket_size"
    " exception_autocapture_refill_rate exception_autocapture_refill_interval_seconds enable_full_ai_capture"
    " code_variables_mask_patterns code_variables_ignore_patterns code_variables_mask_url_credentials"
    " code_variables_detect_secrets email_request_timeout_seconds email_request_max_retries _use_ai_lane"
    " _enable_multimodal_capture fork_copy exit_timeout_ms".split()
)

# Options of posthog-python that do not exist here. Only values that ask for nothing are taken, since an option that is
# silently ignored is worse than none.
ABSENT = frozenset(
    "flag_fallback_cache_url capture_exception_code_variables metrics capture_trace_context traces app_host"
    " migrated_from".split()
)

# What bounds exception autocapture, with its defaults.
BUCKET = (
    ("exception_autocapture_bucket_size", 10), ("exception_autocapture_refill_rate", 1),
    ("exception_autocapture_refill_interval_seconds", 10),
)

_ENUMS = {"capture_mode": "capture_mode", "capture_compression": "compression"}
_WORDS = {"legacy": "v0", "analytics_v1": "v1"}


def translate(api_key: str | None, host: str | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """The input of the library's ``open``. PostHogError UNSUPPORTED for an option of posthog-python that is not built,
    TypeError for a name neither knows."""
    opened: dict[str, Any] = {
        "api_key": api_key or "",
        "host": host,
        "lib": "libposthog-python",
        "lib_version": VERSION,
        "capture_mode": os.environ.get("POSTHOG_CAPTURE_MODE") or None,
        "compression": os.environ.get("POSTHOG_CAPTURE_COMPRESSION") or None,
        **_surroundings(host or ""),
    }
    for name, value in options.items():
        if name in ABSENT:
            if value:
                raise PostHogError("UNSUPPORTED", f"the option {name} of posthog-python is not supported")
        elif name not in Options.__annotations__:
            raise TypeError(f"Posthog() got an unexpected option {name!r}")
        elif value is not None and name not in _OWN:
            opened.update(_translated(name, value))
    opened["super_properties"] = {**_runtime(), **(options.get("super_properties") or {})}
    opened["capture_mode"] = _WORDS.get(str(opened["capture_mode"]).lower(), opened["capture_mode"])
    return {name: value for name, value in opened.items() if value is not None}


def _translated(name: str, value: Any) -> dict[str, Any]:
    if name in _SECONDS:
        # The library refuses a text.
        return {_SECONDS[name]: round(value * 1000) if isinstance(value, (int, float)) and abs(value) < 1e12 else str(value)}
    if name == "gzip":
        return {"compression": "gzip" if value else "none"}
    if name in _ENUMS:
        return {_ENUMS[name]: str(getattr(value, "value", value))}
    if name == "before_send":
        return {"before_send": bool(hooks(value))}
    if name == "flag_definition_cache_provider":
        return {"definitions": "push"}
    return {name: value}


def hooks(before_send: Any) -> tuple[BeforeSend, ...]:
    """The option before_send as the hooks to run, in order."""
    if before_send is None:
        return ()
    listed = tuple(before_send) if isinstance(before_send, (list, tuple)) else (before_send,)
    if not all(callable(hook) for hook in listed):
        raise PostHogError("INVALID_ARGUMENT", "before_send must be callable, or a list of callables")
    return listed


def _runtime() -> dict[str, str]:
    """What runs the program: on every event, as posthog-python has it on most. Not asked of ``platform``, which is dear."""
    kind, system, named = sys.implementation.name, os.uname(), {}
    try:
        with open("/etc/os-release", encoding="utf-8") as lines:
            named = {name: value.strip("\"'") for name, _, value in (line.strip().partition("=") for line in lines)}
    except (OSError, ValueError):  # no Linux
        pass
    told = {
        "$python_runtime": {"cpython": "CPython", "pypy": "PyPy"}.get(kind, kind),
        "$python_version": "%s.%s.%s" % sys.version_info[:3],
        "$os": {"Darwin": "Mac OS X"}.get(system.sysname, system.sysname),
        "$os_version": named.get("VERSION_ID", system.release),  # a rolling distribution has none
    }
    return {**told, "$os_distro": named["NAME"]} if {"VERSION_ID", "NAME"} <= named.keys() else told


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
