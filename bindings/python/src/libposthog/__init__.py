"""PostHog for Python on the shared libposthog core.

Importing loads nothing: the library is found and loaded when the first client is made. Besides the class there is
posthog-python's module style, where the first call makes one client from the settings below::

    import libposthog

    libposthog.api_key = "phc_your_project_key"
    libposthog.capture("signed up", distinct_id="user-1")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Mapping

from ._client import Client, Posthog
from ._errors import PostHogError
from ._flags import FeatureFlagEvaluations, FeatureFlagResult, FlagsAndPayloads, FlagValue
from ._options import ABSENT, BeforeSend, Options
from ._types import ID, AllFlagsOptions, CaptureOptions, EventOptions, FlagOptions, SetOptions, Timestamp
from ._version import VERSION

if TYPE_CHECKING:
    from typing_extensions import Unpack

__version__ = VERSION

__all__ = [
    "ID",
    "VERSION",
    "AllFlagsOptions",
    "BeforeSend",
    "CaptureOptions",
    "Client",
    "EventOptions",
    "FeatureFlagEvaluations",
    "FeatureFlagResult",
    "FlagOptions",
    "FlagValue",
    "FlagsAndPayloads",
    "Options",
    "PostHogError",
    "Posthog",
    "SetOptions",
    "Timestamp",
    "alias",
    "capture",
    "capture_ai",
    "capture_exception",
    "default_client",
    "evaluate_flags",
    "feature_enabled",
    "feature_flag_definitions",
    "flush",
    "get_all_flags",
    "get_all_flags_and_payloads",
    "get_feature_flag",
    "get_feature_flag_payload",
    "get_feature_flag_result",
    "get_remote_config_payload",
    "group_identify",
    "identify",
    "join",
    "load_feature_flags",
    "set",
    "set_once",
    "setup",
    "shutdown",
]

# Settings of the module's own client, read when its first call makes it. Any other option of Posthog may be set in the
# same way.
api_key: str | None = None
project_api_key: str | None = None
host: str | None = None
debug: bool = False
disabled: bool = False
personal_api_key: str | None = None
secret_key: str | None = None
poll_interval: float | None = None
disable_geoip: bool | None = None
enable_local_evaluation: bool | None = None
feature_flags_request_timeout_seconds: float | None = None
historical_migration: bool | None = None
super_properties: Mapping[str, Any] | None = None

default_client: Posthog | None = None


def setup() -> Posthog:
    """The module's client, made from the settings by the first call."""
    global default_client
    if default_client is None:
        names = {*Options.__annotations__, *ABSENT}
        settings: dict[str, Any] = {name: value for name, value in globals().items() if name in names}
        chosen = {name: value for name, value in settings.items() if value is not None}
        default_client = Posthog(project_api_key or api_key, host, **chosen)
    return default_client


def capture(event: str, **options: Unpack[CaptureOptions]) -> str | None:
    """See :meth:`Posthog.capture`."""
    return setup().capture(event, **options)


def capture_ai(event: str, **options: Unpack[CaptureOptions]) -> str | None:
    """See :meth:`Posthog.capture_ai`."""
    return setup().capture_ai(event, **options)


def capture_exception(
    exception: BaseException | tuple[Any, BaseException | None, Any] | None = None, **options: Unpack[CaptureOptions]
) -> str | None:
    """See :meth:`Posthog.capture_exception`."""
    return setup().capture_exception(exception, **options)


def identify(
    distinct_id: ID, properties: Mapping[str, Any] | None = None, **options: Unpack[EventOptions]
) -> str | None:
    """See :meth:`Posthog.identify`."""
    return setup().identify(distinct_id, properties, **options)


def set(**options: Unpack[SetOptions]) -> str | None:
    """See :meth:`Posthog.set`."""
    return setup().set(**options)


def set_once(**options: Unpack[SetOptions]) -> str | None:
    """See :meth:`Posthog.set_once`."""
    return setup().set_once(**options)


def alias(previous_id: ID, distinct_id: ID, **options: Unpack[EventOptions]) -> str | None:
    """See :meth:`Posthog.alias`."""
    return setup().alias(previous_id, distinct_id, **options)


def group_identify(
    group_type: str,
    group_key: ID,
    properties: Mapping[str, Any] | None = None,
    *,
    distinct_id: ID | None = None,
    **options: Unpack[EventOptions],
) -> str | None:
    """See :meth:`Posthog.group_identify`."""
    return setup().group_identify(group_type, group_key, properties, distinct_id=distinct_id, **options)


def get_feature_flag(key: str, distinct_id: ID, **options: Unpack[FlagOptions]) -> FlagValue | None:
    """See :meth:`Posthog.get_feature_flag`."""
    return setup().get_feature_flag(key, distinct_id, **options)


def feature_enabled(key: str, distinct_id: ID, **options: Unpack[FlagOptions]) -> bool | None:
    """See :meth:`Posthog.feature_enabled`."""
    return setup().feature_enabled(key, distinct_id, **options)


def get_feature_flag_payload(
    key: str, distinct_id: ID, *, match_value: FlagValue | None = None, **options: Unpack[FlagOptions]
) -> Any:
    """See :meth:`Posthog.get_feature_flag_payload`."""
    return setup().get_feature_flag_payload(key, distinct_id, match_value=match_value, **options)


def get_feature_flag_result(key: str, distinct_id: ID, **options: Unpack[FlagOptions]) -> FeatureFlagResult | None:
    """See :meth:`Posthog.get_feature_flag_result`."""
    return setup().get_feature_flag_result(key, distinct_id, **options)


def get_all_flags(distinct_id: ID, **options: Unpack[AllFlagsOptions]) -> dict[str, FlagValue]:
    """See :meth:`Posthog.get_all_flags`."""
    return setup().get_all_flags(distinct_id, **options)


def get_all_flags_and_payloads(distinct_id: ID, **options: Unpack[AllFlagsOptions]) -> FlagsAndPayloads:
    """See :meth:`Posthog.get_all_flags_and_payloads`."""
    return setup().get_all_flags_and_payloads(distinct_id, **options)


def evaluate_flags(
    distinct_id: ID,
    *,
    groups: Mapping[str, str | int] | None = None,
    person_properties: Mapping[str, Any] | None = None,
    group_properties: Mapping[str, Mapping[str, Any]] | None = None,
    only_evaluate_locally: bool | None = None,
    disable_geoip: bool | None = None,
    flag_keys: Iterable[str] | None = None,
    device_id: str | None = None,
) -> FeatureFlagEvaluations:
    """See :meth:`Posthog.evaluate_flags`."""
    return setup().evaluate_flags(
        distinct_id,
        groups=groups,
        person_properties=person_properties,
        group_properties=group_properties,
        only_evaluate_locally=only_evaluate_locally,
        disable_geoip=disable_geoip,
        flag_keys=flag_keys,
        device_id=device_id,
    )


def get_remote_config_payload(key: str) -> Any:
    """See :meth:`Posthog.get_remote_config_payload`."""
    return setup().get_remote_config_payload(key)


def load_feature_flags() -> None:
    """See :meth:`Posthog.load_feature_flags`."""
    setup().load_feature_flags()


def feature_flag_definitions() -> dict[str, Any] | None:
    """See :meth:`Posthog.feature_flag_definitions`."""
    return setup().feature_flag_definitions()


def flush(timeout_seconds: float | None = 10) -> dict[str, int]:
    """See :meth:`Posthog.flush`."""
    return setup().flush(timeout_seconds)


def shutdown() -> None:
    """See :meth:`Posthog.shutdown`. Does nothing where no call made a client."""
    if default_client is not None:
        default_client.shutdown()


def join() -> None:
    """See :meth:`Posthog.join`."""
    shutdown()
