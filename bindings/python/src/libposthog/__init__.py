"""PostHog for Python on the shared libposthog core.

Importing loads nothing: the library is found and loaded when the first client is made. Besides the class there is
posthog-python's module style, where the first call makes one client from the settings below::

    import libposthog

    libposthog.api_key = "phc_your_project_key"
    libposthog.capture("signed up", distinct_id="user-1")
"""

from __future__ import annotations

import functools

from . import contexts
from ._arguments import (
    AllFlagsOptions as AllFlagsOptions,
    CaptureOptions as CaptureOptions,
    OptionalCaptureArgs as OptionalCaptureArgs,
    EvaluateOptions as EvaluateOptions,
    EventOptions as EventOptions,
    FlagOptions as FlagOptions,
    PayloadOptions as PayloadOptions,
    SetOptions as SetOptions,
    OptionalSetArgs as OptionalSetArgs,
    VariantOptions as VariantOptions,
)
from ._client import Client as Client, Posthog as Posthog
from ._errors import PostHogError as PostHogError
from ._flags import FeatureFlagEvaluations as FeatureFlagEvaluations, FlagsAndPayloads as FlagsAndPayloads
from ._options import Options as Options
from ._typing import TYPE_CHECKING
from ._version import VERSION as VERSION
from .contexts import get_tags as get_tags, identify_context as identify_context, new_context as new_context
from .contexts import scoped as scoped, set_context_device_id as set_context_device_id, tag as tag
from .contexts import set_context_session as set_context_session

if TYPE_CHECKING:
    from typing import Any, Callable, Mapping, Sequence, TypeVar

    from typing_extensions import Concatenate, ParamSpec

    from ._async import AsyncClient as AsyncClient, AsyncPosthog as AsyncPosthog
    from ._companions import FlagDefinitionCacheProvider as FlagDefinitionCacheProvider
    from ._result import FeatureFlagResult as FeatureFlagResult
    from ._types import (
        ID as ID,
        ID_TYPES as ID_TYPES,
        BeforeSend as BeforeSend,
        BeforeSendCallback as BeforeSendCallback,
        CaptureCompression as CaptureCompression,
        CaptureMode as CaptureMode,
        FeatureFlagEvaluationRuntime as FeatureFlagEvaluationRuntime,
        FlagValue as FlagValue,
        OnError as OnError,
        Timestamp as Timestamp,
    )

    P = ParamSpec("P")
    R = TypeVar("R")

    # Settings that are seldom made; left alone, they are the client's.
    capture_mode: CaptureMode | str | None
    enable_exception_autocapture_rate_limiting: bool
    exception_autocapture_bucket_size: int
    exception_autocapture_refill_rate: int
    exception_autocapture_refill_interval_seconds: float
    privacy_mode: bool
    enable_full_ai_capture: bool
else:

    _LATE = {
        "_async": "AsyncClient AsyncPosthog",
        "_companions": "FlagDefinitionCacheProvider",
        "_result": "FeatureFlagResult",
        "_types": "ID ID_TYPES BeforeSend BeforeSendCallback CaptureCompression CaptureMode FeatureFlagEvaluationRuntime"
        " FlagValue OnError Timestamp",
    }

    def __getattr__(name: str) -> Any:
        """What is imported when it is first asked for: asyncio, typing and dataclasses take longer than all the rest."""
        for module, names in _LATE.items():
            if name in names.split():
                return getattr(__import__(f"{__name__}.{module}", fromlist=[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__version__ = VERSION

# Settings of the module's own client, read when its first call makes it; debug and disabled also afterwards. Any other
# option of Posthog may be set in the same way.
api_key: str | None
project_api_key: str | None
host: str | None
on_error: OnError | None
debug: bool
send: bool
sync_mode: bool
disabled: bool
personal_api_key: str | None
secret_key: str | None
poll_interval: float | None
disable_geoip: bool | None
is_server: bool | None
enable_local_evaluation: bool | None
feature_flags_request_timeout_seconds: float | None
feature_flags_request_max_retries: int | None
historical_migration: bool | None
super_properties: Mapping[str, Any] | None
enable_exception_autocapture: bool
log_captured_exceptions: bool
project_root: str | None
in_app_modules: Sequence[str] | None
before_send: BeforeSend | Sequence[BeforeSend] | None
flag_definition_cache_provider: FlagDefinitionCacheProvider | None

api_key = project_api_key = host = on_error = personal_api_key = secret_key = poll_interval = disable_geoip = None
is_server = enable_local_evaluation = feature_flags_request_timeout_seconds = None
feature_flags_request_max_retries = historical_migration = super_properties = project_root = in_app_modules = None
before_send = flag_definition_cache_provider = None
debug = sync_mode = disabled = enable_exception_autocapture = log_captured_exceptions = False
send = True

default_client: Posthog | None = None


def setup() -> Posthog:
    """The module's client, made from the settings by the first call."""
    global default_client
    if default_client is None:
        names = {*Options.__annotations__} - {"disabled"}
        chosen = {name: value for name, value in globals().items() if name in names and value is not None}
        default_client = Posthog(project_api_key or api_key, host, **chosen)
    default_client.debug = debug
    if default_client.disabled != disabled:
        default_client.disabled = disabled
    return default_client


contexts.module_client = lambda wanted: setup() if wanted or (wanted is None and enable_exception_autocapture) else None


def _of_client(method: Callable[Concatenate[Posthog, P], R]) -> Callable[P, R]:
    """A method of the module's client as a function of the module."""

    def call(*args: P.args, **options: P.kwargs) -> R:
        return method(setup(), *args, **options)

    functools.update_wrapper(call, method)
    return call


if TYPE_CHECKING:
    capture = _of_client(Posthog.capture)
    capture_immediate = _of_client(Posthog.capture_immediate)
    capture_ai = _of_client(Posthog.capture_ai)
    capture_exception = _of_client(Posthog.capture_exception)
    identify = _of_client(Posthog.identify)
    set = _of_client(Posthog.set)
    set_once = _of_client(Posthog.set_once)
    unset = _of_client(Posthog.unset)
    alias = _of_client(Posthog.alias)
    group_identify = _of_client(Posthog.group_identify)
    get_feature_flag = _of_client(Posthog.get_feature_flag)
    feature_enabled = _of_client(Posthog.feature_enabled)
    get_feature_flag_result = _of_client(Posthog.get_feature_flag_result)
    get_feature_flag_payload = _of_client(Posthog.get_feature_flag_payload)
    get_all_flags = _of_client(Posthog.get_all_flags)
    get_all_flags_and_payloads = _of_client(Posthog.get_all_flags_and_payloads)
    evaluate_flags = _of_client(Posthog.evaluate_flags)
    get_remote_config_payload = _of_client(Posthog.get_remote_config_payload)
    load_feature_flags = _of_client(Posthog.load_feature_flags)
    feature_flag_definitions = _of_client(Posthog.feature_flag_definitions)
    get_feature_flag_evaluation_runtime = _of_client(Posthog.get_feature_flag_evaluation_runtime)
    get_feature_flag_keys_by_evaluation_runtime = _of_client(Posthog.get_feature_flag_keys_by_evaluation_runtime)
    flush = _of_client(Posthog.flush)
else:
    _METHODS = (
        "capture capture_immediate capture_ai capture_exception identify set set_once unset alias group_identify"
        " get_feature_flag feature_enabled get_feature_flag_result get_feature_flag_payload get_all_flags"
        " get_all_flags_and_payloads evaluate_flags get_remote_config_payload load_feature_flags"
        " feature_flag_definitions get_feature_flag_evaluation_runtime get_feature_flag_keys_by_evaluation_runtime"
        " flush"
    )
    for _method in _METHODS.split():
        globals()[_method] = _of_client(getattr(Posthog, _method))


def shutdown() -> None:
    """See :meth:`Posthog.shutdown`. Does nothing where no call made a client."""
    if default_client is not None:
        default_client.shutdown()


join = shutdown
