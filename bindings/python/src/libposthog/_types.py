"""What calls take, by posthog-python's names."""

from __future__ import annotations

import datetime
import uuid as uuids
from typing import Any, Mapping, TypedDict, Union

from ._flags import FeatureFlagEvaluations, FlagValue

ID = Union[str, int, float, uuids.UUID]
Timestamp = Union[datetime.datetime, str]


class EventOptions(TypedDict, total=False):
    """What every event takes."""

    timestamp: Timestamp | None  # when it happened [now]; without an offset it is UTC
    uuid: str | uuids.UUID | None  # its id [a new one]
    groups: Mapping[str, str | int] | None
    disable_geoip: bool | None  # [the client's option]


class CaptureOptions(EventOptions, total=False):
    """What ``capture`` takes besides the event's name."""

    distinct_id: ID | None  # without one the event is personless
    properties: Mapping[str, Any] | None
    flags: FeatureFlagEvaluations | Mapping[str, FlagValue] | None  # become $feature/<key>
    send_feature_flags: bool | Mapping[str, Any] | None  # evaluate the flags for this event; may wait


class SetOptions(EventOptions, total=False):
    """What ``set`` and ``set_once`` take."""

    distinct_id: ID | None
    properties: Mapping[str, Any] | None


class AllFlagsOptions(TypedDict, total=False):
    """What calls about all flags take besides the user."""

    groups: Mapping[str, str | int] | None
    person_properties: Mapping[str, Any] | None
    group_properties: Mapping[str, Mapping[str, Any]] | None
    only_evaluate_locally: bool  # None for what would need a request [the client's option]
    disable_geoip: bool | None
    device_id: str | None
    flag_keys_to_evaluate: list[str] | None  # [all]


class FlagOptions(TypedDict, total=False):
    """What calls about one flag take besides the flag and the user."""

    groups: Mapping[str, str | int] | None
    person_properties: Mapping[str, Any] | None
    group_properties: Mapping[str, Mapping[str, Any]] | None
    only_evaluate_locally: bool
    send_feature_flag_events: bool  # report $feature_flag_called [the client's option]
    disable_geoip: bool | None
    device_id: str | None
