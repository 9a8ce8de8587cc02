"""What flag calls return."""

from __future__ import annotations

import json
from ._typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Mapping

    from ._types import FlagValue

    Record = Mapping[str, Any]

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class FlagsAndPayloads(TypedDict):
    """The reply of ``get_all_flags_and_payloads``, with the service's member names."""

    featureFlags: dict[str, FlagValue]
    featureFlagPayloads: dict[str, str]


# Readers of replies: each takes what the library replied, {} where the call failed.


def value_of(record: Record) -> FlagValue | None:
    value: FlagValue | None = record.get("value")
    return value


def payload_of(record: Record) -> Any:
    return record.get("payload")


def values_of(reply: Record) -> dict[str, FlagValue]:
    return {key: record["value"] for key, record in reply.get("flags", {}).items() if record["value"] is not None}


def bare_values_of(reply: Record) -> dict[str, FlagValue]:
    """The values of a reply that has nothing else."""
    flags: dict[str, FlagValue] = reply.get("flags", {})
    return {key: value for key, value in flags.items() if value is not None} if None in flags.values() else flags


def payloads_of(reply: Record) -> dict[str, str]:
    """The payloads as the JSON texts they are stored as."""
    payloads = {key: reply["flags"][key]["payload"] for key in values_of(reply)}
    return {key: _json.encode(payload) for key, payload in payloads.items() if payload is not None}


def values_and_payloads_of(reply: Record) -> FlagsAndPayloads:
    return {"featureFlags": values_of(reply), "featureFlagPayloads": payloads_of(reply)}


class FeatureFlagEvaluations:
    """The flags of one user at one moment, from ``Posthog.evaluate_flags``.

    Reading is free of I/O. The first read of a flag by ``is_enabled`` or ``get_flag`` reports ``$feature_flag_called``,
    once per user and value as every flag call does; payload reads report nothing.
    """

    def __init__(
        self,
        distinct_id: str,
        reply: Mapping[str, Any],
        report: Callable[[Record], None],
        *,
        slice_of: FeatureFlagEvaluations | None = None,
    ) -> None:
        self.distinct_id = distinct_id
        self._reply = reply
        self._records: Mapping[str, Record] = reply.get("flags", {})
        self._report = report
        self._slice = slice_of is not None
        self._accessed: dict[str, None] = dict(slice_of._accessed) if slice_of is not None else {}
        self._reported: dict[str, None] = dict(slice_of._reported) if slice_of is not None else {}

    @property
    def keys(self) -> list[str]:
        """The flags that could be decided."""
        return list(self.values())

    @property
    def unresolved_flags(self) -> dict[str, str]:
        """Why the other flags could not be decided; empty in a slice."""
        return {} if self._slice else {key: it["reason"] for key, it in self._records.items() if it["value"] is None}

    @property
    def request_id(self) -> str | None:
        """The id of the request that was made, None when every flag was decided locally."""
        return self._reply.get("request_id")

    @property
    def errors(self) -> list[str]:
        """What went wrong on the way, as ``$feature_flag_error`` would say it."""
        return list(self._reply.get("errors", ()))

    def is_enabled(self, key: str, default_value: bool = False, *, send_feature_flag_events: bool = True) -> bool:
        """Whether the flag is on or has a variant; ``default_value`` where it has no value."""
        value = self.get_flag(key, send_feature_flag_events=send_feature_flag_events)
        return default_value if value is None else bool(value)

    def get_flag(self, key: str, *, send_feature_flag_events: bool = True) -> FlagValue | None:
        """The flag's value, or None where it cannot be decided."""
        record = self._records.get(key)
        self._accessed[key] = None
        if send_feature_flag_events and self.distinct_id and key not in self._reported:
            self._reported[key] = None
            if record is not None or not self._slice:
                self._report(record or {"key": key, "value": None, "errors": ["flag_missing"]})
        return value_of(record) if record is not None else None

    def get_flag_payload(self, key: str) -> Any:
        """The flag's payload, decoded; None where there is none."""
        return self._records.get(key, {}).get("payload")

    def only(self, keys: Iterable[str]) -> FeatureFlagEvaluations:
        """A copy with these flags alone; keys it does not know are left out."""
        wanted = frozenset(keys)
        flags = {key: record for key, record in self._records.items() if key in wanted}
        return FeatureFlagEvaluations(self.distinct_id, {**self._reply, "flags": flags}, self._report, slice_of=self)

    def only_accessed(self) -> FeatureFlagEvaluations:
        """A copy with the flags that were read so far; empty where none was."""
        return self.only(self._accessed)

    def values(self) -> dict[str, FlagValue]:
        """What an event carries: every flag that has a value."""
        return values_of(self._reply)
