"""What calls take, by posthog-python's names."""

from __future__ import annotations

from ._typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    import uuid as uuids
    from typing import Any, Mapping, Sequence

    from ._flags import FeatureFlagEvaluations
    from ._types import ID, FlagValue, GroupProperties, Groups, Properties, Timestamp


class EventOptions(TypedDict, total=False):
    """What every event takes."""

    timestamp: Timestamp | None  # when it happened [now]; without an offset it is UTC
    uuid: str | uuids.UUID | None  # its id [a new one]
    disable_geoip: bool | None  # [the client's option]
    groups: Groups


class SetOptions(EventOptions, total=False):
    """What ``set`` and ``set_once`` take."""

    distinct_id: ID | None  # [the context's]
    properties: Properties


class CaptureOptions(SetOptions, total=False):
    """What ``capture`` takes besides the event's name. With no distinct_id the event is personless."""

    flags: FeatureFlagEvaluations | Mapping[str, FlagValue] | None  # become $feature/<key>
    send_feature_flags: bool | Mapping[str, Any] | None  # evaluate the flags for this event; may wait


class FlagOptions(TypedDict, total=False):
    """What calls about one flag take besides the flag and the user, in posthog-python's order."""

    groups: Groups
    person_properties: Properties
    group_properties: GroupProperties
    only_evaluate_locally: bool | None  # None for what would need a request [the client's option]
    send_feature_flag_events: bool | None  # report $feature_flag_called [the client's option]
    disable_geoip: bool | None
    device_id: str | None


class PayloadOptions(TypedDict, total=False):
    """What ``get_feature_flag_payload`` takes besides the flag and the user."""

    match_value: FlagValue | None
    groups: Groups
    person_properties: Properties
    group_properties: GroupProperties
    only_evaluate_locally: bool | None
    send_feature_flag_events: bool | None  # [False]
    disable_geoip: bool | None
    device_id: str | None


class AllFlagsOptions(TypedDict, total=False):
    """What calls about all flags take besides the user."""

    groups: Groups
    person_properties: Properties
    group_properties: GroupProperties
    only_evaluate_locally: bool | None
    disable_geoip: bool | None
    device_id: str | None
    flag_keys_to_evaluate: Sequence[str] | None  # [all]


class VariantOptions(TypedDict, total=False):
    """What ``get_feature_variants`` and its kin take besides the user."""

    groups: Groups
    person_properties: Properties
    group_properties: GroupProperties
    disable_geoip: bool | None
    flag_keys_to_evaluate: Sequence[str] | None
    device_id: str | None


class EvaluateOptions(TypedDict, total=False):
    """What ``evaluate_flags`` takes besides the user."""

    groups: Groups
    person_properties: Properties
    group_properties: GroupProperties
    only_evaluate_locally: bool | None
    disable_geoip: bool | None
    flag_keys: Sequence[str] | None
    device_id: str | None


# posthog-python's names.
OptionalCaptureArgs = CaptureOptions
OptionalSetArgs = SetOptions
