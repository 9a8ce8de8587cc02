"""The client: posthog-python's methods, each one operation of the library."""

from __future__ import annotations

from collections.abc import Mapping

from . import _flags, _values, contexts
from ._arguments import AllFlagsOptions, EvaluateOptions, FlagOptions, PayloadOptions, VariantOptions
from ._base import Base, milliseconds, require_known
from ._flags import FeatureFlagEvaluations
from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Callable, Sequence, TypeVar

    from typing_extensions import Unpack

    from ._arguments import CaptureOptions
    from ._flags import FlagsAndPayloads, Record
    from ._result import FeatureFlagResult
    from ._types import ID, FlagValue

    T = TypeVar("T")

# How long a first flag call waits for a cache provider, and load_feature_flags for its round: what the library gives a
# flag request and a request for definitions.
_SHARING_SECONDS, _ROUND_SECONDS = 3, 10

class Posthog(Base):
    """A PostHog client. Usable from any thread, in forked children, and as a context manager that shuts it down.

    Raises PostHogError where no client can be made: no library, an option of the wrong type, one that is not supported.
    Afterwards nothing raises for bad values or failed delivery; with ``debug=True`` such failures raise PostHogError,
    otherwise they are logged to the logger ``libposthog``, told by :meth:`drain` and counted in :meth:`stats`. A blank
    key makes a client that does nothing. Options may also follow ``host`` by position, in the order of ``Options``.
    """

    def capture_immediate(self, event: str, **options: Unpack[CaptureOptions]) -> str | None:
        """Send one event now and wait for its fate; None where it was not delivered."""
        return self._capture("capture", {"event": event}, options, now=True)

    # Flags. A flag that cannot be decided is None, never False. Options may also be given by position, in their order.

    def _get_feature_flag_any(
        self, key: str, distinct_id: ID | None = None, *more: Any, **options: Unpack[FlagOptions]
    ) -> FlagValue | None:
        return self._value(key, _whose(distinct_id), _fields(FlagOptions, more, options))

    def get_feature_flag_result(
        self, key: str, distinct_id: ID | None = None, *more: Any, **options: Unpack[FlagOptions]
    ) -> FeatureFlagResult | None:
        """Value, payload and reason together."""
        from ._result import result_of

        return self._flag(result_of, key, _whose(distinct_id), _fields(FlagOptions, more, options))

    def get_feature_flag_payload(
        self, key: str, distinct_id: ID | None = None, *more: Any, **options: Unpack[PayloadOptions]
    ) -> Any:
        """The payload, decoded: of ``match_value`` where given, otherwise of the flag's value. Reports nothing, unless
        ``send_feature_flag_events`` asks for it."""
        fields = {"send_feature_flag_events": False, **_fields(PayloadOptions, more, options)}
        return self._flag(_flags.payload_of, key, _whose(distinct_id), fields)

    def get_all_flags(
        self, distinct_id: ID | None = None, *more: Any, **options: Unpack[AllFlagsOptions]
    ) -> dict[str, FlagValue]:
        """The value of every flag that can be decided, by at most one request. Reports nothing."""
        return self._all_values(_whose(distinct_id), _fields(AllFlagsOptions, more, options))

    def get_all_flags_and_payloads(
        self, distinct_id: ID | None = None, *more: Any, **options: Unpack[AllFlagsOptions]
    ) -> FlagsAndPayloads:
        """The values of every flag that can be decided, and their payloads as JSON texts."""
        return self._all_flags(_flags.values_and_payloads_of, _whose(distinct_id), _fields(AllFlagsOptions, more, options))

    def get_feature_variants(
        self, distinct_id: ID | None = None, *more: Any, **options: Unpack[VariantOptions]
    ) -> dict[str, FlagValue]:
        """As get_all_flags."""
        return self._all_values(_whose(distinct_id), _fields(VariantOptions, more, options))

    def get_feature_payloads(
        self, distinct_id: ID | None = None, *more: Any, **options: Unpack[VariantOptions]
    ) -> dict[str, str]:
        """The payloads of every flag that has one, as JSON texts."""
        return self._all_flags(_flags.payloads_of, _whose(distinct_id), _fields(VariantOptions, more, options))

    def get_feature_flags_and_payloads(
        self, distinct_id: ID | None = None, *more: Any, **options: Unpack[VariantOptions]
    ) -> FlagsAndPayloads:
        """As get_all_flags_and_payloads."""
        return self._all_flags(_flags.values_and_payloads_of, _whose(distinct_id), _fields(VariantOptions, more, options))

    def evaluate_flags(
        self, distinct_id: ID | None = None, *more: Any, **options: Unpack[EvaluateOptions]
    ) -> FeatureFlagEvaluations:
        """All flags, or those in ``flag_keys``, as one immutable snapshot, by at most one request."""
        user = {**_fields(EvaluateOptions, more, options), "distinct_id": _whose(distinct_id)}
        reply = self._decide("evaluate_flags", user)
        told = {name: reply[name] for name in reply if name not in ("flags", "errors")}
        whose = {name: user.get(name) for name in ("distinct_id", "groups", "device_id", "disable_geoip")}

        def report(record: Record) -> None:
            self._show(self._ask("flag_called", {**whose, **told, **record}).get("exposure"))

        return FeatureFlagEvaluations(user["distinct_id"] or "", reply, report)

    def get_remote_config_payload(self, key: str) -> Any:
        """The decoded payload of a remote config flag; None where there is none. Needs the secret key."""
        return self._decide("get_remote_config", {"key": key}).get("payload")

    def load_feature_flags(self) -> None:
        """Fetch the flag definitions now. Needs the secret key."""
        if self._sharing is None:
            self._wait("load_flags", {})
        else:
            self._sharing.wait(_ROUND_SECONDS, more=1)

    def wait_for_local_evaluation_ready(self, timeout_seconds: float = 30) -> bool:
        """Wait until there are flag definitions; False where none came in time."""
        return "flags" in self._wait("wait_ready", {"timeout_ms": milliseconds(timeout_seconds)})

    # The client itself.

    def flush(self, timeout_seconds: float | None = 10) -> dict[str, int]:
        """Wait until what was captured before is delivered or dropped, at most ``timeout_seconds``; None waits for as
        long as it takes. Returns how many events were ``delivered``, ``dropped`` and are still ``pending``."""
        return self._wait("flush", {"timeout_ms": milliseconds(timeout_seconds)})

    def shutdown(self, timeout_seconds: float | None = None) -> dict[str, int]:
        """Flush within ``timeout_seconds`` [the option shutdown_timeout_ms] and end the client. Returns as flush does;
        what is left is dropped and counted."""
        fields = {} if timeout_seconds is None else {"timeout_ms": milliseconds(timeout_seconds)}
        return self._told("shutdown", *self._session.shutdown(fields))

    def join(self) -> None:
        """As shutdown: there are no threads to join."""
        self.shutdown()

    def drain(self, timeout_seconds: float = 0) -> list[dict[str, Any]]:
        """What there is to say since the last call: the library's log, drops and errors, and what this binding had to
        replace. Waits up to ``timeout_seconds`` for the first record. With ``on_error`` the library's go there."""
        records = [] if self._drainer else self.drain_library(0 if self._notes else timeout_seconds)
        while self._notes:
            records.append(self._notes.popleft())
        return records

    def drain_library(self, seconds: float) -> list[dict[str, Any]]:
        """Not for programs: the library's records alone."""
        reply = self._ask("drain", {"timeout_ms": milliseconds(seconds)}, waits=seconds > 0)
        records: list[dict[str, Any]] = reply.get("records", [])
        return records

    def __enter__(self) -> Posthog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.shutdown()

    # How it waits.

    def _patient(self) -> Posthog:
        return self

    def _wait(self, op: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        return self._ask(op, fields, waits=True)

    def _wait_for_sharing(self) -> None:
        if self._sharing is not None and not self._sharing.ready:
            self._sharing.wait(_SHARING_SECONDS)

    def _enrich(self, fields: dict[str, Any], wanted: bool | Mapping[str, Any]) -> None:
        """By one request where the definitions are not here, unless local answers are all that is wanted."""
        chosen = dict(wanted) if isinstance(wanted, Mapping) else {}
        if chosen.get("only_evaluate_locally") or not fields.get("distinct_id"):
            return
        del fields["send_feature_flags"]
        told = {name: chosen.get(name) for name in ("person_properties", "group_properties")}
        user = {**told, "groups": fields.get("groups"), "disable_geoip": fields.get("disable_geoip")}
        keys = chosen.get("flag_keys_filter")
        fields["flags"] = self.get_all_flags(fields["distinct_id"], flag_keys_to_evaluate=keys, **user)

    def _value(self, key: str, distinct_id: str | None, fields: dict[str, Any]) -> FlagValue | None:
        self._wait_for_sharing()
        value: FlagValue | None = self._flag_now(key, distinct_id, fields) if self._flag_now else NotImplemented
        return self._flag(_flags.value_of, key, distinct_id, fields) if value is NotImplemented else value

    def _flag(self, read: Callable[[Record], T], key: str, distinct_id: str | None, fields: dict[str, Any]) -> T:
        record = self._decide("get_flag", {**fields, "key": key, "distinct_id": distinct_id})
        self._show(record.get("exposure"))
        return read(record)

    def _all_values(self, distinct_id: str | None, query: dict[str, Any]) -> dict[str, FlagValue]:
        return self._all_flags(_flags.bare_values_of, distinct_id, {**query, "fields": ("value",)})

    def _all_flags(self, read: Callable[[Record], T], distinct_id: str | None, query: dict[str, Any]) -> T:
        query["flag_keys"] = query.pop("flag_keys_to_evaluate", None)
        return read(self._decide("evaluate_flags", {"fields": ("value", "payload"), **query, "distinct_id": distinct_id}))


def _whose(distinct_id: ID | None) -> str | None:
    """The user of a flag call; the context names it where the call does not."""
    if type(distinct_id) is str:
        return distinct_id
    return contexts.get_context_distinct_id() if distinct_id is None else _values.identifier(distinct_id)


def _fields(kind: type[Any], more: Sequence[Any], options: Any) -> dict[str, Any]:
    """The options of a flag call, given by name and by position."""
    fields: dict[str, Any] = {**dict(zip(kind.__annotations__, more)), **options} if more else options
    require_known(fields, kind.__annotations__.keys())
    if contexts.current() is not None and fields.get("device_id") is None:
        fields["device_id"] = contexts.get_context_device_id()
    return fields


Client = Posthog
