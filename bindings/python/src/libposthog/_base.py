"""What the client and the client for asyncio have in common: everything that does not wait."""

from __future__ import annotations

import os
import sys
import time
from collections import deque

from . import _library, _options, _values, contexts
from ._arguments import CaptureOptions, SetOptions
from ._errors import PostHogError
from ._flags import FeatureFlagEvaluations
from ._session import Session
from ._short import ShortWays
from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import AbstractSet, Any, Callable, Iterable, Mapping, Union

    from typing_extensions import Unpack

    from ._arguments import EventOptions
    from ._companions import Client, DefinitionSharing, Drainer
    from ._types import ID, FeatureFlagEvaluationRuntime, FlagValue, Properties, Timestamp

    ExceptionArg = Union[BaseException, tuple[Any, BaseException | None, Any], None]

# What stands for "as long as it takes": the longest the library's arithmetic is asked to carry, 24 days.
_FOREVER_MS = 2**31 - 1

_MAX_NOTES = 1024

_SET = SetOptions.__annotations__.keys()
_CAPTURE = CaptureOptions.__annotations__.keys()

_CAPTURED = "__posthog_exception_captured"


class Base(ShortWays):
    """Makes a client and gives it what waits for nothing. ``_wait`` is the one way to operations that may wait."""

    def __init__(
        self,
        project_api_key: str | None = None,
        host: str | None = None,
        *more: Any,
        **options: Unpack[_options.Options],
    ) -> None:
        given: dict[str, Any] = {**dict(zip(_options.ORDER, more)), **options}
        self.debug: bool = given.get("debug", False)
        self.enable_exception_autocapture: bool = given.get("enable_exception_autocapture", False)
        self._hooks = _options.hooks(given.get("before_send"))
        self._sync: bool = given.get("sync_mode", False)
        self._log_captured: bool = given.get("log_captured_exceptions", False)
        self._disabled: bool = given.get("disabled", False)
        here = _here()
        self._application = (tuple(given.get("in_app_modules") or ()), given.get("project_root") or here, here)
        self._warned: dict[tuple[str, str], None] = {}
        self._notes: deque[dict[str, Any]] = deque(maxlen=_MAX_NOTES)
        opened, _ = _values.encode(_options.translate(project_api_key, host, given))
        copy, deadline = given.get("fork_copy", True), given.get("exit_timeout_ms", 2000)
        self._own_flags = given.get("flag_definition_cache_provider") is None
        self._session = Session(opened, self._seated, fork_copy=copy, exit_timeout_ms=deadline)
        self._sharing: DefinitionSharing | None = None
        self._drainer: Drainer | None = None
        if not given.get("send", True):
            self.set_enabled(False)
        self._accompany(given)

    def _seated(self, calls: Any, handle: int) -> None:
        self._bind(calls, handle, not (self._hooks or self._sync), self._own_flags, contexts.opened, contexts.current)

    def _accompany(self, given: Mapping[str, Any]) -> None:
        """Start what the options ask for beside the library."""
        provider, on_error = given.get("flag_definition_cache_provider"), given.get("on_error")
        if provider is not None:
            from ._companions import DefinitionSharing

            self._sharing = DefinitionSharing(self._patient(), provider, given.get("poll_interval", 30))
            self._session.companions.append(self._sharing)
        if on_error is not None:
            from ._companions import Drainer

            self._drainer = Drainer(self._patient(), on_error)
            self._session.companions.append(self._drainer)
        if self.enable_exception_autocapture:
            from ._autocapture import Autocapture, Bucket

            limited = given.get("enable_exception_autocapture_rate_limiting", True)
            bucket = Bucket(*(given.get(name, default) for name, default in _options.BUCKET)) if limited else None
            self._session.companions.append(Autocapture(self, bucket))

    if TYPE_CHECKING:  # what makes the two clients differ

        def _patient(self) -> Client:
            """The same client, for threads that may wait."""

        def _wait(self, op: str, fields: Mapping[str, Any]) -> dict[str, Any]:
            """One operation that may wait."""

        def _wait_for_sharing(self) -> None:
            """Wait for the first flag definitions of a cache provider."""

    # Events. Each returns the event's uuid, or None where it was not accepted. None of them waits, unless sync_mode or
    # send_feature_flags asks for it.

    def capture_ai(self, event: str, **options: Unpack[CaptureOptions]) -> str | None:
        """Queue one event on the lane for AI events, which has an endpoint and a larger limit of its own."""
        return self._capture("capture_ai", {"event": event}, options)

    def capture_exception(self, exception: ExceptionArg = None, **options: Unpack[CaptureOptions]) -> str | None:
        """Queue an ``$exception`` with its causes, contexts and group members and their frames: of ``exception``, or of
        the one being handled. One that was captured before is not captured again. Local variables are not looked at."""
        error = sys.exc_info()[1] if exception is None else exception[1] if type(exception) is tuple else exception
        if not isinstance(error, BaseException):
            self._note("capture_exception", "ARGUMENT", "no exception was given and none is being handled")
            return None
        return self._exception(error, {}, {"type": "generic", "handled": True}, options)

    def identify(self, distinct_id: ID, properties: Properties = None, **options: Unpack[EventOptions]) -> str | None:
        """Set person properties with an ``$identify`` event."""
        return self._set("identify", {"distinct_id": distinct_id, "properties": {} if properties is None else properties}, options)

    def set(self, **options: Unpack[SetOptions]) -> str | None:
        """Set person properties."""
        return self._set("set", {"set": options.pop("properties", None) or None}, options)

    def set_once(self, **options: Unpack[SetOptions]) -> str | None:
        """Set person properties that are not set yet."""
        return self._set("set", {"set_once": options.pop("properties", None) or None}, options)

    def unset(self, keys: Iterable[str], **options: Unpack[SetOptions]) -> str | None:
        """Remove person properties."""
        return self._set("set", {"unset": [keys] if isinstance(keys, str) else keys}, options)

    def alias(
        self,
        previous_id: ID,
        distinct_id: ID | None = None,
        timestamp: Timestamp | None = None,
        uuid: Any = None,
        disable_geoip: bool | None = None,
    ) -> str | None:
        """Make ``distinct_id`` [the context's] another id of the person ``previous_id``."""
        alias = _values.identifier(distinct_id) or contexts.get_context_distinct_id()
        fields = {"distinct_id": previous_id, "alias": alias, "timestamp": timestamp, "uuid": uuid}
        return self._event("alias", {**fields, "disable_geoip": disable_geoip})

    def group_identify(
        self,
        group_type: str,
        group_key: ID,
        properties: Properties = None,
        timestamp: Timestamp | None = None,
        uuid: Any = None,
        disable_geoip: bool | None = None,
        distinct_id: ID | None = None,
    ) -> str | None:
        """Set group properties."""
        told = {"distinct_id": distinct_id, "timestamp": timestamp, "uuid": uuid, "disable_geoip": disable_geoip}
        kind, key = _values.identifier(group_type), _values.identifier(group_key)
        group = {"group_type": kind, "group_key": key, "properties": {} if properties is None else properties}
        return self._set("group_identify", {**told, **group}, {})

    # Flag definitions: what is known without asking.

    def is_local_evaluation_ready(self) -> bool:
        """Whether there are flag definitions."""
        return self.get_flag_definitions() is not None

    def feature_flag_definitions(self) -> list[dict[str, Any]] | None:
        """The flags of the definitions in use; None where there are none."""
        return (self.get_flag_definitions() or {}).get("flags")

    def get_feature_flag_evaluation_runtime(self, key: str) -> FeatureFlagEvaluationRuntime | None:
        """Where a flag is meant to be evaluated; None for one that is not loaded."""
        return self._runtimes().get(key)

    def get_feature_flag_keys_by_evaluation_runtime(
        self, evaluation_runtime: FeatureFlagEvaluationRuntime | str
    ) -> list[str]:
        """The loaded flags that a runtime can evaluate."""
        from ._types import FeatureFlagEvaluationRuntime

        wanted = FeatureFlagEvaluationRuntime(evaluation_runtime)
        return [key for key, runtime in self._runtimes().items() if "all" in (wanted, runtime) or wanted == runtime]

    def _runtimes(self) -> dict[str, FeatureFlagEvaluationRuntime]:
        from ._types import FeatureFlagEvaluationRuntime

        kinds: dict[Any, FeatureFlagEvaluationRuntime] = {kind.value: kind for kind in FeatureFlagEvaluationRuntime}
        flags = self.feature_flag_definitions() or ()
        return {flag["key"]: kinds.get(flag.get("evaluation_runtime"), kinds["all"]) for flag in flags}

    def get_flag_definitions(self) -> dict[str, Any] | None:
        """The definitions in use, as the service sent them, for :meth:`set_flag_definitions` of another client."""
        return self._ask("get_flag_definitions", {}) or None

    def set_flag_definitions(self, definitions: Mapping[str, Any]) -> None:
        """Use these definitions from now on."""
        self._ask("set_flag_definitions", definitions)

    def override_feature_flags(
        self, flags: Mapping[str, FlagValue] | None, payloads: Mapping[str, Any] | None = None
    ) -> None:
        """Fixed values that precede every evaluation, for tests; None removes them."""
        self._ask("override_flags", {"flags": flags, "payloads": payloads})

    # Contexts: see the module of that name.

    def new_context(self, fresh: bool = False, capture_exceptions: bool | None = None) -> AbstractContextManager[None]:
        """A ``with`` block whose events carry what is set inside it."""
        return contexts.new_context(fresh, capture_exceptions, self)

    def scoped(
        self, fresh: bool = False, capture_exceptions: bool | None = None
    ) -> Callable[[contexts.Function], contexts.Function]:
        """A decorator that runs a function in a context of its own."""
        return contexts.scoped(fresh, capture_exceptions, self)

    tag = staticmethod(contexts.tag)
    get_tags = staticmethod(contexts.get_tags)
    identify_context = staticmethod(contexts.identify_context)
    set_context_session = staticmethod(contexts.set_context_session)
    set_context_device_id = staticmethod(contexts.set_context_device_id)

    # The client itself.

    def register(self, properties: Mapping[str, Any]) -> None:
        """Add super properties: they go on every later event, whose own properties win."""
        self._ask("register", {"properties": properties})

    def unregister(self, *keys: str) -> None:
        """Remove super properties."""
        self._ask("unregister", {"keys": keys})

    def set_enabled(self, enabled: bool) -> None:
        """Opt out of capturing, or in again: events of a client that is opted out are counted as ``opted_out``."""
        self._ask("set_enabled", {"enabled": enabled})
        self._disabled = not enabled

    def enable(self) -> None:
        """Opt in."""
        self.set_enabled(True)

    def disable(self) -> None:
        """Opt out."""
        self.set_enabled(False)

    @property
    def disabled(self) -> bool:
        """Whether events are not sent. Setting it is :meth:`set_enabled`; a client opened disabled stays so."""
        return self._disabled

    @disabled.setter
    def disabled(self, value: bool) -> None:
        self.set_enabled(not value)

    def stats(self) -> dict[str, Any]:
        """The ledger: ``accepted`` is the sum of ``delivered``, ``queued``, ``in_flight``, ``spooled`` and of the
        counts under ``dropped``, always. Answers after shutdown, too."""
        return self._ask("stats", {})

    def captured(self, *, clear: bool = False) -> list[dict[str, Any]]:
        """The events a client with ``mode="memory"`` kept, as they would be sent."""
        events: list[dict[str, Any]] = self._ask("captured", {"clear": clear}).get("events", [])
        return events

    # One event each.

    def _capture_any(self, event: str, **options: Unpack[CaptureOptions]) -> str | None:
        return self._capture("capture", {"event": event}, options)

    def _capture(self, op: str, what: dict[str, Any], options: Mapping[str, Any], now: bool = False) -> str | None:
        require_known(options, _CAPTURE)
        fields = {**options, **what}
        context = contexts.current()
        if context is not None:
            context.onto(fields)
        flags = fields.get("flags")
        if isinstance(flags, FeatureFlagEvaluations):
            fields["flags"] = flags.values()
        elif flags is None and fields.get("send_feature_flags"):
            self._enrich(fields, fields["send_feature_flags"])
        return self._event(op, fields, now)

    def _exception(
        self, error: BaseException, told: dict[str, Any], mechanism: dict[str, Any], options: Mapping[str, Any]
    ) -> str | None:
        if getattr(error, _CAPTURED, False):
            return None
        if self._log_captured:
            _log("error", "captured", exc_info=error)
        try:
            from ._exceptions import Application, describe

            described = describe(error, mechanism, Application(*self._application))
        except Exception as failure:  # properties of an exception and loaders of modules are foreign code
            self._note("capture_exception", "RAISED", type(failure).__name__)
            described = [{"type": type(error).__qualname__, "value": "", "mechanism": mechanism}]
        uuid = self._capture("capture_exception", {**told, "exceptions": described}, options)
        if uuid is not None:
            try:
                setattr(error, _CAPTURED, True)
            except Exception:  # it may forbid that: then it may be captured twice
                pass
        return uuid

    def _set(self, op: str, what: dict[str, Any], options: Mapping[str, Any]) -> str | None:
        """An event about a person or a group: of the context it takes the user, no properties."""
        require_known(options, _SET)
        fields = {name: value for name, value in {**options, **what}.items() if value is not None}
        fields.setdefault("distinct_id", contexts.get_context_distinct_id())
        return self._event(op, fields)

    def _event(self, op: str, fields: dict[str, Any], now: bool = False) -> str | None:
        if type(fields.get("distinct_id")) is not str or "timestamp" in fields or "uuid" in fields:
            self._name(op, fields)
        now = now or self._sync
        if self._hooks:
            uuid: str | None = self._show(self._ask("build", {"op": op, **fields})).get("uuid")
            if now and uuid:
                self._wait("flush", {})
        elif now:
            reply = self._wait(op, {**fields, "immediate": True})
            uuid = reply.get("uuid") if reply.get("result") in ("ok", "warning") else None
        else:
            uuid = self._ask(op, fields).get("uuid")
        return uuid

    def _name(self, op: str, fields: dict[str, Any]) -> None:
        """Make texts of user, time and id. What is no time or uuid then, the library replaces with a warning."""
        for name in ("distinct_id", "timestamp", "uuid"):
            given = fields.get(name)
            fields[name] = _values.identifier(given)
            if given is not None and fields[name] is None:
                self._note(op, "VALUE", f"{name}: a {type(given).__name__} is no text")

    def _show(self, built: Mapping[str, Any] | None) -> dict[str, Any]:
        """Queue a built event as the hooks return it. A hook that raises drops the event: the original may hold what the
        hook was to remove."""
        if not self._hooks or not built:
            return {}
        event: Any = built["event"]
        try:
            for hook in self._hooks:
                event = hook(event) if isinstance(event, dict) else None
        except Exception as error:
            self._note("before_send", "RAISED", type(error).__name__)
            event = None
        return self._ask("enqueue", {"token": built["token"], "event": event if isinstance(event, dict) else None})

    def _enrich(self, fields: dict[str, Any], wanted: bool | Mapping[str, Any]) -> None:
        """Put the user's flags on an event. The library does it with what it can decide without a request."""

    # One operation each. To those above, every failure is {}.

    def _ask(self, op: str, fields: Mapping[str, Any], waits: bool = False) -> dict[str, Any]:
        """One operation that does not wait, or gives up the interpreter lock for it: its reply."""
        status, reply, lost = self._session.ask(op, fields, waits=waits)
        answer: dict[str, Any] = reply
        return answer if status == _library.OK and not lost else self._told(op, status, reply, lost)

    def _decide(self, op: str, fields: dict[str, Any]) -> dict[str, Any]:
        """One operation that may wait. It is tried without waiting first, since giving up the interpreter lock costs
        more than a local decision."""
        self._wait_for_sharing()
        status, reply, lost = self._session.ask(op, {**fields, "timeout_ms": 0}, waits=False)
        if status == _library.WOULD_WAIT:
            return self._wait(op, fields)
        return self._told(op, status, reply, lost)

    def _told(self, op: str, status: int, reply: dict[str, Any], lost: Iterable[str] = ()) -> dict[str, Any]:
        for loss in lost:
            self._note(op, "VALUE", loss)
        if status == _library.OK:
            return reply
        error: PostHogError = self._session.error(status, reply)
        if self.debug:
            raise error
        self._note(op, error.code, error.message)
        return {}

    def _note(self, op: str, code: str, message: str) -> None:
        """Keep it for drain, and log a kind of failure as a warning the first time and for debugging afterwards: an
        outage is no flood."""
        _log("debug" if (op, code) in self._warned else "warning", "%s: %s: %s", op, code, message)
        self._warned[op, code] = None
        text = f"{op}: {message}"
        last = self._notes[-1] if self._notes else {}
        if (last.get("code"), last.get("message")) == (code, text):
            last["count"] += 1
            return
        told = {"kind": "log", "at_ms": time.time_ns() // 1_000_000, "level": "warning", "code": code}
        self._notes.append({**told, "message": text, "count": 1})


def _log(level: str, *values: Any, **more: Any) -> None:
    if "logging" in sys.modules:  # dear to import: a program that wants logs has done so
        import logging

        log = logging.getLogger("libposthog")
        if not log.handlers:
            log.addHandler(logging.NullHandler())  # silent unless the program asks for logs
        getattr(log, level)(*values, **more)


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:  # it may be gone
        return ""


def require_known(fields: Mapping[str, Any], known: AbstractSet[str]) -> None:
    """Refuse a misspelt keyword as Python does: the library would ignore it."""
    if not fields.keys() <= known:
        unknown = min(fields.keys() - known)
        raise TypeError(f"unexpected keyword argument {unknown!r}")


def milliseconds(seconds: float | None) -> int:
    return _FOREVER_MS if seconds is None else round(min(seconds * 1000, _FOREVER_MS)) if seconds > 0 else 0
