"""The types of values. Imported at run time only by who asks for one: what it imports is dear."""

from __future__ import annotations

import datetime
import enum
import uuid as uuids
from typing import Any, Callable, Mapping, Optional, Union

ID = Union[str, int, float, uuids.UUID]
Timestamp = Union[datetime.datetime, str]
FlagValue = Union[bool, str]
Groups = Optional[Mapping[str, Union[str, int]]]
Properties = Optional[Mapping[str, Any]]
GroupProperties = Optional[Mapping[str, Mapping[str, Any]]]

# Gets an event as it will be sent; returns it, changed or not, or None to drop it.
BeforeSend = Callable[[dict[str, Any]], Optional[dict[str, Any]]]
# Gets a PostHogError and what is known of the events, their uuids.
OnError = Callable[[Exception, list[dict[str, Any]]], Any]

# posthog-python's names.
ID_TYPES = ID
BeforeSendCallback = BeforeSend


class CaptureMode(str, enum.Enum):
    """The protocol for events."""

    V0, V1 = "v0", "v1"


class CaptureCompression(str, enum.Enum):
    """What the option ``capture_compression`` takes; "br" is one more."""

    NONE, GZIP, DEFLATE, ZSTD = "none", "gzip", "deflate", "zstd"


class FeatureFlagEvaluationRuntime(str, enum.Enum):
    """Where a flag is meant to be evaluated."""

    ALL, CLIENT, SERVER = "all", "client", "server"
