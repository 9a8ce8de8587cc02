"""A module of its own because importing dataclasses takes longer than everything else of the package."""

from __future__ import annotations

from dataclasses import dataclass

from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from ._flags import Record
    from ._types import FlagValue


@dataclass(frozen=True)
class FeatureFlagResult:
    """One flag for one user. ``variant`` is None for a flag that is only on or off; ``payload`` is decoded."""

    key: str
    enabled: bool
    variant: str | None
    payload: Any
    reason: str | None

    def get_value(self) -> FlagValue:
        return self.variant if self.variant is not None else self.enabled


def result_of(record: Record) -> FeatureFlagResult | None:
    value = record.get("value")
    if value is None:
        return None
    variant = value if isinstance(value, str) else None
    return FeatureFlagResult(record["key"], bool(value), variant, record.get("payload"), record.get("reason"))
