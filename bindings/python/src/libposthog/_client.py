"""The client: posthog-python's methods, each one operation of the library."""

from __future__ import annotations

import logging
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Iterable, Mapping

from . import _exceptions, _library, _options, _values
from ._errors import PostHogError
from ._flags import FeatureFlagEvaluations, FeatureFlagResult, FlagsAndPayloads, FlagValue, Record
from ._session import Session
from ._types import ID, AllFlagsOptions, CaptureOptions, EventOptions, FlagOptions, SetOptions

if TYPE_CHECKING:
    from typing_extensions import Unpack

log = logging.getLogger("libposthog")
log.addHandler(logging.NullHandler())  # silent unless the program asks for logs

# flush(timeout_seconds=None) waits this long: the longest the library's arithmetic is asked to carry, 24 days.
_FOREVER_MS = 2**31 - 1


class Posthog:
    """A PostHog client. Usable from any thread, in forked children, and as a context manager that shuts it down.

    Raises PostHogError where no client can be made: no library, an option of the wrong type, one that is not supported.
    Afterwards nothing raises for bad values or failed delivery; with ``debug=True`` such failures raise PostHogError,
    otherwise they are logged to the logger ``libposthog`` and counted in :meth:`stats`. A blank key makes a client that
    does nothing.
    """

    def __init__(
        self, project_api_key: str | None = None, host: str | None = None, **options: Unpack[_options.Options]
    ) -> None:
        self.debug = options.get("debug", False)
        self._before_send = options.get("before_send")
        self._warned: dict[tuple[str, str], None] = {}
        opened, _ = _values.encode(_options.translate(project_api_key, host, **options))
        self._session = Session(
            opened,
            fork_copy=options.get("fork_copy", True),
            exit_timeout_ms=options.get("exit_timeout_ms", 2000),
        )

    # Events. Each returns the event's uuid, or None where it was not accepted. None of them waits.

    def capture(self, event: str, **options: Unpack[CaptureOptions]) -> str | None:
        """Queue one event."""
        return self._capture("capture", {"event": event}, options)

    def capture_ai(self, event: str, **options: Unpack[CaptureOptions]) -> str | None:
        """Queue one event on the lane for AI events, which has an endpoint and a larger limit of its own."""
        return self._capture("capture_ai", {"event": event}, options)

    def capture_exception(
        self,
        exception: BaseException | tuple[Any, BaseException | None, Any] | None = None,
        **options: Unpack[CaptureOptions],
    ) -> str | None:
        """Queue an ``$exception`` with its causes and their frames: of ``exception``, or of the one being handled.
        Local variables are not looked at."""
        error = exception[1] if isinstance(exception, tuple) else exception or sys.exc_info()[1]
        if error is None:
            self._note("capture_exception", "ARGUMENT", "no exception was given and none is being handled")
            return None
        return self._capture("capture_exception", {"exceptions": _exceptions.describe(error)}, options)

    def identify(
        self, distinct_id: ID, properties: Mapping[str, Any] | None = None, **options: Unpack[EventOptions]
    ) -> str | None:
        """Set person properties with an ``$identify`` event."""
        _require_known(options, EventOptions)
        return self._event("identify", {"distinct_id": distinct_id, "properties": properties or {}, **options})

    def set(self, **options: Unpack[SetOptions]) -> str | None:
        """Set person properties."""
        return self._set("set", {**options})

    def set_once(self, **options: Unpack[SetOptions]) -> str | None:
        """Set person properties that are not set yet."""
        return self._set("set_once", {**options})

    def alias(self, previous_id: ID, distinct_id: ID, **options: Unpack[EventOptions]) -> str | None:
        """Make ``distinct_id`` another id of the person ``previous_id``."""
        _require_known(options, EventOptions)
        return self._event("alias", {"distinct_id": previous_id, "alias": _values.identifier(distinct_id), **options})

    def group_identify(
        self,
        group_type: str,
        group_key: ID,
        properties: Mapping[str, Any] | None = None,
        *,
        distinct_id: ID | None = None,
        **options: Unpack[EventOptions],
    ) -> str | None:
        """Set group properties."""
        _require_known(options, EventOptions)
        fields = {"group_type": group_type, "group_key": _values.identifier(group_key), "properties": properties or {}}
        return self._event("group_identify", {**fields, "distinct_id": distinct_id, **options})

    # Flags. A flag that cannot be decided is None, never False.

    def get_feature_flag(self, key: str, distinct_id: ID, **options: Unpack[FlagOptions]) -> FlagValue | None:
        """True, False or a variant's name."""
        _require_known(options, FlagOptions)
        value: FlagValue | None = self._session.flag_value(key, distinct_id, options)  # type: ignore[arg-type]
        if value is NotImplemented:
            value = self._flag(key, distinct_id, {**options}).get("value")
        return value

    def feature_enabled(self, key: str, distinct_id: ID, **options: Unpack[FlagOptions]) -> bool | None:
        """Whether the flag is on or has a variant."""
        value = self.get_feature_flag(key, distinct_id, **options)
        return None if value is None else bool(value)

    def get_feature_flag_payload(
        self, key: str, distinct_id: ID, *, match_value: FlagValue | None = None, **options: Unpack[FlagOptions]
    ) -> Any:
        """The payload, decoded: of ``match_value`` where given, otherwise of the flag's value. Reports nothing."""
        silent: dict[str, Any] = {"send_feature_flag_events": False, **options}
        return self._flag(key, distinct_id, silent, match_value).get("payload")

    def get_feature_flag_result(
        self, key: str, distinct_id: ID, **options: Unpack[FlagOptions]
    ) -> FeatureFlagResult | None:
        """Value, payload and reason together."""
        return FeatureFlagResult.from_record(self._flag(key, distinct_id, {**options}))

    def get_all_flags(self, distinct_id: ID, **options: Unpack[AllFlagsOptions]) -> dict[str, FlagValue]:
        """The value of every flag that can be decided, by at most one request. Reports nothing."""
        flags = self._all_flags(distinct_id, options, ["value"])
        return {key: value for key, value in flags.items() if value is not None}

    def get_all_flags_and_payloads(self, distinct_id: ID, **options: Unpack[AllFlagsOptions]) -> FlagsAndPayloads:
        """The values and the decoded payloads of every flag that can be decided."""
        flags = self._all_flags(distinct_id, options, ["value", "payload"])
        decided = {key: record for key, record in flags.items() if record["value"] is not None}
        return {
            "featureFlags": {key: record["value"] for key, record in decided.items()},
            "featureFlagPayloads": {
                key: record["payload"] for key, record in decided.items() if record["payload"] is not None
            },
        }

    def evaluate_flags(
        self,
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
        """All flags, or those in ``flag_keys``, as one immutable snapshot, by at most one request."""
        identifier = _values.identifier(distinct_id)
        user = {"distinct_id": identifier, "groups": groups, "device_id": device_id}
        query = {
            **user,
            "person_properties": person_properties,
            "group_properties": group_properties,
            "only_evaluate_locally": only_evaluate_locally,
            "disable_geoip": disable_geoip,
            "flag_keys": list(flag_keys) if flag_keys is not None else None,
        }
        reply = self._decide("evaluate_flags", query) or {}
        told = {name: reply[name] for name in reply if name not in ("flags", "errors")}

        def report(record: Record) -> None:
            called = self._ask("flag_called", {**user, **told, "disable_geoip": disable_geoip, **record})
            self._show((called or {}).get("exposure"))

        return FeatureFlagEvaluations(identifier or "", reply, report)

    def get_remote_config_payload(self, key: str) -> Any:
        """The decoded payload of a remote config flag; None where there is none. Needs the secret key."""
        return (self._decide("get_remote_config", {"key": key}) or {}).get("payload")

    def load_feature_flags(self) -> None:
        """Fetch the flag definitions now. Needs the secret key."""
        self._ask("load_flags", {})

    def feature_flag_definitions(self) -> dict[str, Any] | None:
        """The definitions in use, as the service sent them."""
        return self._ask("get_flag_definitions", {})

    def override_feature_flags(
        self, flags: Mapping[str, FlagValue] | None, payloads: Mapping[str, Any] | None = None
    ) -> None:
        """Fixed values that precede every evaluation, for tests; None removes them."""
        self._ask("override_flags", {"flags": flags, "payloads": payloads})

    # The client itself.

    def register(self, properties: Mapping[str, Any]) -> None:
        """Add super properties: they go on every later event, whose own properties win."""
        self._ask("register", {"properties": properties})

    def unregister(self, *keys: str) -> None:
        """Remove super properties."""
        self._ask("unregister", {"keys": list(keys)})

    def set_enabled(self, enabled: bool) -> None:
        """Opt out of capturing, or in again."""
        self._ask("set_enabled", {"enabled": enabled})

    def flush(self, timeout_seconds: float | None = 10) -> dict[str, int]:
        """Wait until what was captured before is delivered or dropped, at most ``timeout_seconds``; None waits for as
        long as it takes. Returns how many events were ``delivered``, ``dropped`` and are still ``pending``."""
        timeout_ms = _FOREVER_MS if timeout_seconds is None else _milliseconds(timeout_seconds)
        return self._ask("flush", {"timeout_ms": timeout_ms}) or {}

    def shutdown(self, timeout_seconds: float | None = None) -> dict[str, int]:
        """Flush within ``timeout_seconds`` [the option shutdown_timeout_ms] and end the client. Returns as flush does;
        what is left is dropped and counted."""
        fields = {} if timeout_seconds is None else {"timeout_ms": _milliseconds(timeout_seconds)}
        return self._told("shutdown", *self._session.shutdown(fields)) or {}

    def join(self) -> None:
        """As shutdown: there are no threads to join."""
        self.shutdown()

    def stats(self) -> dict[str, Any]:
        """The ledger: ``accepted`` is the sum of ``delivered``, ``queued``, ``in_flight``, ``spooled`` and of the
        counts under ``dropped``, always. Answers after shutdown, too."""
        return self._ask("stats", {}) or {}

    def drain(self, timeout_seconds: float = 0) -> list[dict[str, Any]]:
        """What the library has to say since the last call: its log, drops and errors. Waits up to ``timeout_seconds``
        for the first record."""
        reply = self._ask("drain", {"timeout_ms": _milliseconds(timeout_seconds)}, waits=timeout_seconds > 0) or {}
        records: list[dict[str, Any]] = reply.get("records", [])
        return records

    def captured(self, *, clear: bool = False) -> list[dict[str, Any]]:
        """The events a client with ``mode="memory"`` kept, as they would be sent."""
        events: list[dict[str, Any]] = (self._ask("captured", {"clear": clear}) or {}).get("events", [])
        return events

    def __enter__(self) -> Posthog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.shutdown()

    # One operation each.

    def _event(self, op: str, fields: dict[str, Any]) -> str | None:
        fields["distinct_id"] = _values.identifier(fields.get("distinct_id"))
        if self._before_send is None:
            reply = self._ask(op, fields)
        else:
            reply = self._show(self._ask("build", {"op": op, **fields}))
        return reply.get("uuid") if reply else None

    def _show(self, built: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Queue a built event as before_send returns it. A hook that raises drops the event: the original may hold what
        the hook was to remove."""
        if self._before_send is None or not built:
            return None
        try:
            event = self._before_send(built["event"])
        except Exception as error:
            self._note("before_send", "RAISED", type(error).__name__)
            event = None
        return self._ask("enqueue", {"token": built["token"], "event": event if isinstance(event, dict) else None})

    def _capture(self, op: str, what: dict[str, Any], options: CaptureOptions) -> str | None:
        _require_known(options, CaptureOptions)
        fields: dict[str, Any] = {**what, **options}
        wanted = fields.pop("send_feature_flags", None)
        flags = fields.get("flags")
        if isinstance(flags, FeatureFlagEvaluations):
            fields["flags"] = flags.values()
        elif flags is None and wanted:
            fields["flags"] = self._flags_for(options, wanted)
        return self._event(op, fields)

    def _set(self, name: str, fields: dict[str, Any]) -> str | None:
        _require_known(fields, SetOptions)
        fields[name] = fields.pop("properties", None)
        return self._event("set", fields)

    def _flag(
        self, key: str, distinct_id: ID, options: dict[str, Any], match_value: FlagValue | None = None
    ) -> dict[str, Any]:
        _require_known(options, FlagOptions)
        user = {"distinct_id": _values.identifier(distinct_id), "match_value": match_value}
        record = self._decide("get_flag", {"key": key, **user, **options}) or {}
        self._show(record.get("exposure"))
        return record

    def _all_flags(self, distinct_id: ID, options: AllFlagsOptions, fields: list[str]) -> dict[str, Any]:
        _require_known(options, AllFlagsOptions)
        query: dict[str, Any] = {"distinct_id": _values.identifier(distinct_id), **options, "fields": fields}
        query["flag_keys"] = query.pop("flag_keys_to_evaluate", None)
        flags: dict[str, Any] = (self._decide("evaluate_flags", query) or {}).get("flags", {})
        return flags

    def _flags_for(self, event: CaptureOptions, wanted: bool | Mapping[str, Any]) -> dict[str, FlagValue]:
        chosen = dict(wanted) if isinstance(wanted, Mapping) else {}
        chosen["flag_keys_to_evaluate"] = chosen.pop("flag_keys_filter", None)
        chosen.pop("should_send", None)
        user = {"groups": event.get("groups"), "disable_geoip": event.get("disable_geoip"), **chosen}
        return self.get_all_flags(event.get("distinct_id") or "", **user)

    def _ask(self, op: str, fields: Mapping[str, Any], waits: bool | None = None) -> dict[str, Any] | None:
        """One operation: its reply, or None where it failed."""
        status, reply, lost = self._session.ask(op, fields, waits=waits)
        for loss in lost:
            self._note(op, "VALUE", loss)
        return self._told(op, status, reply)

    def _decide(self, op: str, fields: Mapping[str, Any]) -> dict[str, Any] | None:
        """One operation that may wait. It is tried without waiting first, since giving up the interpreter lock costs
        more than a local decision."""
        status, reply, lost = self._session.ask(op, {**fields, "timeout_ms": 0})
        if status == _library.WOULD_WAIT:
            return self._ask(op, fields, waits=True)
        for loss in lost:
            self._note(op, "VALUE", loss)
        return self._told(op, status, reply)

    def _told(self, op: str, status: int, reply: dict[str, Any]) -> dict[str, Any] | None:
        if status == _library.OK:
            return reply
        self._failed(op, self._session.error(status, reply))
        return None

    def _failed(self, op: str, error: PostHogError) -> None:
        if self.debug:
            raise error
        self._note(op, error.code, error.message)

    def _note(self, op: str, code: str, message: str) -> None:
        """Log a kind of failure as a warning the first time and for debugging afterwards: an outage is no flood."""
        level = logging.DEBUG if (op, code) in self._warned else logging.WARNING
        self._warned[op, code] = None
        log.log(level, "%s: %s: %s", op, code, message)


def _require_known(options: Mapping[str, Any], kind: type[Any]) -> None:
    """Refuse a misspelt keyword as Python does: the library would ignore it."""
    if not options.keys() <= kind.__annotations__.keys():
        unknown = min(options.keys() - kind.__annotations__.keys())
        raise TypeError(f"unexpected keyword argument {unknown!r}")


def _milliseconds(seconds: float) -> int:
    return round(min(max(seconds, 0), _FOREVER_MS / 1000) * 1000)


Client = Posthog
