"""The client against the stand-in server."""

from __future__ import annotations

import datetime
import logging
import threading
import uuid
from typing import Any

import pytest
from conftest import SECRET_KEY, StandIn

import libposthog
from libposthog import Posthog, PostHogError


def properties(event: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: event["properties"].get(name) for name in names}


def test_an_event_arrives_as_it_was_captured(standin: StandIn) -> None:
    with Posthog(standin.token, standin.url) as posthog:
        sent = posthog.capture("bought", distinct_id="user-1", properties={"price": 323.0}, groups={"company": 5})
    (event,) = standin.events()
    assert (event["uuid"], event["event"], event["distinct_id"]) == (sent, "bought", "user-1")
    assert properties(event, "price", "$groups", "$lib", "$lib_version") == {
        "price": 323.0,
        "$groups": {"company": "5"},
        "$lib": "libposthog-python",
        "$lib_version": libposthog.VERSION,
    }
    assert '"price":323.0' in standin.requests()[0]["body"]


def test_two_captures_and_a_shutdown_make_one_request(standin: StandIn) -> None:
    posthog = Posthog(standin.token, standin.url)
    posthog.capture("one", distinct_id="user-1")
    posthog.capture("two", distinct_id="user-1")
    assert posthog.shutdown() == {"delivered": 2, "dropped": 0, "pending": 0}
    assert len(standin.requests()) == 1


def test_every_kind_of_event_arrives(standin: StandIn) -> None:
    with Posthog(standin.token, standin.url) as posthog:
        posthog.identify("u", {"plan": "pro"})
        posthog.set(distinct_id="u", properties={"a": 1})
        posthog.set_once(distinct_id="u", properties={"b": 2})
        posthog.alias("u", "v")
        posthog.group_identify("company", "acme", {"size": 9})
    events = {event["event"]: event for event in standin.events() if event["event"] != "$set"}
    person_updates = [event["properties"] for event in standin.events() if event["event"] == "$set"]
    assert events["$identify"]["properties"]["$set"] == {"plan": "pro"}
    assert person_updates[0]["$set"] == {"a": 1}
    assert person_updates[1]["$set_once"] == {"b": 2}
    assert properties(events["$create_alias"], "distinct_id", "alias") == {"distinct_id": "u", "alias": "v"}
    assert properties(events["$groupidentify"], "$group_type", "$group_key", "$group_set") == {
        "$group_type": "company",
        "$group_key": "acme",
        "$group_set": {"size": 9},
    }
    assert events["$groupidentify"]["distinct_id"] == "$company_acme"


def test_ai_events_have_an_endpoint_of_their_own(standin: StandIn) -> None:
    with Posthog(standin.token, standin.url) as posthog:
        posthog.capture_ai("$ai_generation", distinct_id="u", properties={"$ai_model": "m"})
    assert standin.events()[0]["path"] == "/i/v0/ai/batch/"


def test_the_callers_uuid_and_time_are_kept(standin: StandIn) -> None:
    own = uuid.uuid4()
    at = datetime.datetime(2026, 8, 1, 12, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    with Posthog(standin.token, standin.url) as posthog:
        assert posthog.capture("e", distinct_id=42, timestamp=at, uuid=own) == str(own)
    assert '"timestamp":"2026-08-01T10:00:00.000Z"' in standin.requests()[0]["body"]
    assert standin.events()[0]["distinct_id"] == "42"


def test_super_properties_come_and_go(standin: StandIn) -> None:
    with Posthog(standin.token, standin.url, super_properties={"a": 1, "b": 1}) as posthog:
        posthog.register({"c": 3})
        posthog.unregister("b")
        posthog.capture("e", distinct_id="u", properties={"a": "own"})
    assert properties(standin.events()[0], "a", "b", "c") == {"a": "own", "b": None, "c": 3}


def test_bad_values_neither_raise_nor_stop_the_event(standin: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "libposthog"), Posthog(standin.token, standin.url) as posthog:
        assert posthog.capture("e", distinct_id="u", properties={"good": 1, "bad": object(), "nan": float("nan")})
        assert posthog.capture("", distinct_id="u") is None
        assert posthog.alias("u", None) is None
        assert posthog.stats()["invalid"] == 2
    assert properties(standin.events()[0], "good", "bad", "nan") == {"good": 1, "bad": None, "nan": None}
    assert [record.message for record in caplog.records] == [
        "capture: VALUE: properties.bad: a object is no JSON value",
        "capture: INVALID_ARGUMENT: event must be a non-empty string",
        "alias: INVALID_ARGUMENT: alias must be a non-empty string",
    ]


def test_what_was_replaced_is_told_by_drain() -> None:
    with Posthog("phc", mode="memory") as posthog:
        for _ in range(3):
            posthog.capture("e", distinct_id="u", properties={"total": float("nan")})
        posthog.capture("e", distinct_id=object(), timestamp=object())  # type: ignore[arg-type]
        told = [(record["kind"], record["level"], record["code"], record["message"], record["count"])
                for record in posthog.drain()]
    assert told == [
        ("log", "warning", "VALUE", "capture: properties.total: not a finite number", 3),
        ("log", "warning", "VALUE", "capture: distinct_id: a object is no text", 1),
        ("log", "warning", "VALUE", "capture: timestamp: a object is no text", 1),
    ]
    assert posthog.drain() == []


def test_person_events_without_properties_are_refused() -> None:
    with Posthog("phc", mode="memory") as posthog:
        assert posthog.set(distinct_id="u") is None
        assert posthog.set_once(distinct_id="u", properties={}) is None
        assert posthog.set(properties={"a": 1}) is None
        assert posthog.unset("plan", distinct_id="u")
        assert posthog.unset({"plan"}, distinct_id="u")
        assert [event["properties"]["$unset"] for event in posthog.captured()] == [["plan"], ["plan"]]


def test_debug_raises(standin: StandIn) -> None:
    with Posthog(standin.token, standin.url, debug=True) as posthog:
        with pytest.raises(PostHogError, match="event must be") as raised:
            posthog.capture("", distinct_id="u")
    assert raised.value.code == "INVALID_ARGUMENT"


def test_a_misspelt_keyword_is_refused(standin: StandIn) -> None:
    with Posthog(standin.token, standin.url) as posthog:
        with pytest.raises(TypeError, match="'property'"):
            posthog.capture("e", distinct_id="u", property={})  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="'group'"):
            posthog.get_feature_flag("k", "u", group={})  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'flush_in'"):
        Posthog("phc", flush_in=1)  # type: ignore[call-arg]


def test_every_loss_is_in_the_ledger_and_in_drain(standin: StandIn) -> None:
    standin.fault({"status": 400}, repeat=True)
    posthog = Posthog(standin.token, standin.url, max_queue_size=2)
    kept = [posthog.capture(f"e{number}", distinct_id="u") for number in range(3)]
    assert [uuid is not None for uuid in kept] == [True, True, False]
    assert posthog.shutdown() == {"delivered": 0, "dropped": 2, "pending": 0}
    stats = posthog.stats()
    assert (stats["accepted"], stats["delivered"]) == (3, 0)
    assert stats["dropped"] == {"queue_full": 1, "rejected_400": 2}
    drops = {record["reason"]: record["count"] for record in posthog.drain() if record["kind"] == "drop"}
    assert drops == stats["dropped"]


def test_after_shutdown_nothing_is_accepted(standin: StandIn) -> None:
    posthog = Posthog(standin.token, standin.url)
    posthog.shutdown()
    posthog.shutdown()
    assert posthog.capture("late", distinct_id="u") is None
    assert posthog.flush() == {}
    assert standin.events() == []


def test_flush_gives_up_at_its_timeout_and_keeps_the_events(standin: StandIn) -> None:
    standin.fault({"action": "hang"}, {}, repeat=True)
    posthog = Posthog(standin.token, standin.url, timeout=0.3)
    posthog.capture("e", distinct_id="u")
    assert posthog.flush(timeout_seconds=0.05)["pending"] == 1
    assert posthog.flush()["delivered"] == 1
    posthog.shutdown()


def test_opting_out_is_counted(standin: StandIn) -> None:
    with Posthog(standin.token, standin.url) as posthog:
        posthog.set_enabled(False)
        assert posthog.capture("e", distinct_id="u") is None
        posthog.set_enabled(True)
        assert posthog.capture("f", distinct_id="u")
        assert posthog.stats()["dropped"] == {"opted_out": 1}
    assert [event["event"] for event in standin.events()] == ["f"]


@pytest.mark.parametrize("key", [None, "", "  "])
def test_without_a_key_every_call_is_safe(key: str | None) -> None:
    with Posthog(key, debug=True) as posthog:
        assert posthog.capture("e", distinct_id="u") is None
        assert posthog.get_feature_flag("k", "u") is None
        assert posthog.get_all_flags("u") == {}
        posthog.flush()


def test_memory_mode_keeps_events() -> None:
    with Posthog("phc", mode="memory") as posthog:
        posthog.capture("e", distinct_id="u", properties={"a": 1})
        (event,) = posthog.captured(clear=True)
        assert posthog.captured() == []
    assert (event["event"], event["properties"]["a"]) == ("e", 1)


class TestBeforeSend:
    """The hook sees every event, changes it, drops it, and fails closed."""

    def test_it_changes_and_drops(self, standin: StandIn) -> None:
        def hook(event: dict[str, Any]) -> dict[str, Any] | None:
            event["properties"].pop("secret", None)
            return None if event["event"] == "drop me" else event

        with Posthog(standin.token, standin.url, before_send=hook) as posthog:
            kept = posthog.capture("keep me", distinct_id="u", properties={"secret": "s", "open": 1})
            assert posthog.capture("drop me", distinct_id="u") is None
            posthog.identify("u", {"a": 1})
            assert posthog.stats()["dropped"] == {"before_send": 1}
        first, second = standin.events()
        assert (first["uuid"], first["properties"]["open"]) == (kept, 1)
        assert "secret" not in first["properties"]
        assert second["event"] == "$identify"

    def test_one_that_raises_or_returns_something_else_drops_the_event(
        self, standin: StandIn, caplog: pytest.LogCaptureFixture
    ) -> None:
        def hook(event: dict[str, Any]) -> Any:
            if event["event"] == "raise":
                raise RuntimeError("secret")
            return "no event"

        with caplog.at_level(logging.WARNING, "libposthog"):
            with Posthog(standin.token, standin.url, before_send=hook) as posthog:
                assert posthog.capture("raise", distinct_id="u") is None
                assert posthog.capture("return", distinct_id="u") is None
                assert posthog.stats()["dropped"] == {"before_send": 2}
        assert standin.events() == []
        assert [record.message for record in caplog.records] == ["before_send: RAISED: RuntimeError"]

    def test_it_sees_exposures(self, standin: StandIn) -> None:
        seen: list[str] = []

        def hook(event: dict[str, Any]) -> dict[str, Any]:
            seen.append(event["properties"]["$feature_flag"])
            return event

        with Posthog(standin.token, standin.url, secret_key=SECRET_KEY, before_send=hook) as posthog:
            assert posthog.get_feature_flag("new-checkout", "u") is True
            assert posthog.get_feature_flag("new-checkout", "u") is True
            posthog.evaluate_flags("u", flag_keys=["button-color", "new-checkout"]).is_enabled("button-color")
        assert seen == ["new-checkout", "button-color"]
        assert len(standin.events()) == 2

    def test_it_must_be_callable(self) -> None:
        with pytest.raises(PostHogError, match="before_send must be callable"):
            Posthog("phc", before_send="hook")  # type: ignore[arg-type]


class TestExceptions:
    def test_a_chain_arrives_with_its_frames(self, standin: StandIn) -> None:
        def fail() -> None:
            try:
                int("missing")
            except ValueError as error:
                raise LookupError("no such thing") from error

        with Posthog(standin.token, standin.url) as posthog:
            try:
                fail()
            except LookupError as error:
                sent = posthog.capture_exception(error, distinct_id="u", properties={"a": 1})
        (event,) = standin.events()
        assert (event["event"], event["uuid"], event["properties"]["a"]) == ("$exception", sent, 1)
        caught, cause = event["properties"]["$exception_list"]
        assert (caught["type"], caught["value"], caught["module"]) == ("LookupError", "no such thing", None)
        assert cause["type"] == "ValueError"
        frames = caught["stacktrace"]["frames"]
        assert [frame["function"].rpartition(".")[2] for frame in frames] == [
            "test_a_chain_arrives_with_its_frames",
            "fail",
        ]
        assert frames[-1]["filename"] == "test_client.py"
        assert frames[-1]["in_app"] is True
        assert frames[-1]["context_line"].strip() == 'raise LookupError("no such thing") from error'
        assert len(frames[-1]["pre_context"]) == len(frames[-1]["post_context"]) == 5

    def test_the_exception_being_handled_is_the_default(self, standin: StandIn) -> None:
        with Posthog(standin.token, standin.url) as posthog:
            assert posthog.capture_exception() is None
            try:
                raise RuntimeError("now")
            except RuntimeError:
                assert posthog.capture_exception()
        (event,) = standin.events()
        assert event["properties"]["$exception_list"][0]["value"] == "now"
        assert event["properties"]["$process_person_profile"] is False

    def test_an_exception_that_cannot_be_shown_is_captured_all_the_same(self) -> None:
        class Hostile(Exception):
            def __str__(self) -> str:
                raise RuntimeError("no text for you")

        with Posthog("phc", mode="memory") as posthog:
            posthog.capture_exception(Hostile(), distinct_id="u")
            (event,) = posthog.captured()
        assert event["properties"]["$exception_list"][0]["value"].endswith("Hostile that cannot be shown>")

    def test_endless_recursion_and_endless_chains_are_cut(self) -> None:
        def recurse() -> None:
            recurse()

        first, second = ValueError("first"), ValueError("second")
        first.__cause__, second.__cause__ = second, first
        with Posthog("phc", mode="memory") as posthog:
            try:
                recurse()
            except RecursionError as error:
                posthog.capture_exception(error, distinct_id="u")
            posthog.capture_exception(first, distinct_id="u")
            deep, loop = (event["properties"]["$exception_list"] for event in posthog.captured())
        assert len(deep[0]["stacktrace"]["frames"]) == 64
        assert [entry["value"] for entry in loop] == ["first", "second"]


def test_many_threads_capture_and_one_shuts_down(standin: StandIn) -> None:
    posthog = Posthog(standin.token, standin.url)
    accepted: list[str | None] = []
    start = threading.Barrier(9)

    def work() -> None:
        start.wait()
        accepted.extend(posthog.capture("e", distinct_id="u") for _ in range(100))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    start.wait()
    posthog.shutdown()
    for thread in threads:
        thread.join()
    assert {event["uuid"] for event in standin.events()} == {uuid for uuid in accepted if uuid is not None}


class TestFlags:
    """The flags of the stand-in's demo document."""

    @pytest.fixture
    def posthog(self, standin: StandIn) -> Posthog:
        return Posthog(standin.token, standin.url, secret_key=SECRET_KEY, debug=True)

    def test_values_are_local_and_reported_once(self, standin: StandIn, posthog: Posthog) -> None:
        assert posthog.get_feature_flag("new-checkout", "u") is True
        assert posthog.feature_enabled("new-checkout", "u") is True
        assert posthog.get_feature_flag("button-color", "u") in ("red", "green", "blue")
        assert posthog.feature_enabled("pro-plan", "u", person_properties={"plan": "pro"}) is True
        assert posthog.feature_enabled("pro-plan", "u", person_properties={"plan": "free"}) is False
        posthog.shutdown()
        called = [event for event in standin.events() if event["event"] == "$feature_flag_called"]
        reported = [(event["properties"]["$feature_flag"]) for event in called]
        assert reported == ["new-checkout", "button-color", "pro-plan", "pro-plan"]

    def test_an_undecided_flag_is_none(self, standin: StandIn, posthog: Posthog) -> None:
        assert posthog.get_feature_flag("pro-plan", "u", only_evaluate_locally=True) is None
        assert posthog.feature_enabled("pro-plan", "u", only_evaluate_locally=True) is None
        assert posthog.get_feature_flag_result("pro-plan", "u", only_evaluate_locally=True) is None
        posthog.shutdown()

    def test_payloads_are_decoded(self, posthog: Posthog) -> None:
        assert posthog.get_feature_flag_payload("new-checkout", "u") == {"steps": 1}
        assert posthog.get_feature_flag_payload("button-color", "u", match_value="red") == {"hex": "#d1242f"}
        assert posthog.get_feature_flag_payload("beta-dashboard", "u") is None
        posthog.shutdown()

    def test_a_result_has_everything(self, posthog: Posthog) -> None:
        result = posthog.get_feature_flag_result("button-color", "u")
        assert result is not None
        assert (result.key, result.enabled, result.get_value()) == ("button-color", True, result.variant)
        assert result.payload["hex"].startswith("#")
        posthog.shutdown()

    def test_all_flags(self, posthog: Posthog) -> None:
        flags = posthog.get_all_flags("u", person_properties={"plan": "pro"}, only_evaluate_locally=True)
        assert flags["new-checkout"] is True
        assert None not in flags.values()
        both = posthog.get_all_flags_and_payloads("u", person_properties={"plan": "pro"}, only_evaluate_locally=True)
        assert both["featureFlags"] == flags
        assert both["featureFlagPayloads"]["new-checkout"] == '{"steps":1}'
        posthog.shutdown()

    def test_group_flags(self, posthog: Posthog) -> None:
        enabled = posthog.feature_enabled(
            "big-company", "u", groups={"company": "acme"}, group_properties={"company": {"employees": 1500}}
        )
        assert enabled is True
        posthog.shutdown()

    def test_a_snapshot_is_read_without_requests_and_goes_on_events(self, standin: StandIn, posthog: Posthog) -> None:
        snapshot = posthog.evaluate_flags("u", flag_keys=["new-checkout", "button-color"], only_evaluate_locally=True)
        assert set(snapshot.keys) == {"new-checkout", "button-color"}
        assert snapshot.get_flag_payload("new-checkout") == {"steps": 1}
        assert snapshot.only(["new-checkout", "unknown"]).keys == ["new-checkout"]
        assert snapshot.only_accessed().keys == []
        posthog.capture("e", distinct_id="u", flags=snapshot.only(["new-checkout"]))
        posthog.capture("f", distinct_id="u", send_feature_flags={"only_evaluate_locally": True})
        posthog.shutdown()
        first, second = standin.events()
        assert first["properties"]["$feature/new-checkout"] is True
        assert "$feature/button-color" not in first["properties"]
        assert second["properties"]["$feature/button-color"] in ("red", "green", "blue")

    def test_a_snapshot_tells_what_it_could_not_decide(self, posthog: Posthog) -> None:
        snapshot = posthog.evaluate_flags("u", flag_keys=["new-checkout", "pro-plan"], only_evaluate_locally=True)
        assert snapshot.keys == ["new-checkout"]
        assert snapshot.unresolved_flags == {"pro-plan": "missing_property"}
        assert snapshot.only(["pro-plan"]).keys == [] and snapshot.only(["pro-plan"]).unresolved_flags == {}
        posthog.shutdown()

    def test_the_first_read_of_a_snapshots_flag_is_reported(self, standin: StandIn, posthog: Posthog) -> None:
        snapshot = posthog.evaluate_flags("u", flag_keys=["new-checkout", "button-color"], only_evaluate_locally=True)
        assert snapshot.is_enabled("new-checkout") is True
        assert snapshot.is_enabled("new-checkout") is True
        assert snapshot.get_flag("unknown") is None
        assert snapshot.is_enabled("unknown", default_value=True) is True
        assert snapshot.only_accessed().keys == ["new-checkout"]
        assert posthog.get_feature_flag("new-checkout", "u") is True
        posthog.shutdown()
        called = [event["properties"] for event in standin.events()]
        assert [(event["$feature_flag"], event["$feature_flag_response"]) for event in called] == [
            ("new-checkout", True),
            ("unknown", None),
        ]
        assert called[1]["$feature_flag_error"] == "flag_missing"

    def test_remote_config_is_decoded(self, standin: StandIn, posthog: Posthog) -> None:
        standin.remote_config("settings", {"limit": 5})
        assert posthog.get_remote_config_payload("settings") == {"limit": 5}
        posthog.shutdown()

    def test_overrides_precede_everything(self) -> None:
        with Posthog("phc", mode="memory", debug=True) as posthog:
            posthog.override_feature_flags({"new-checkout": "red"}, {"new-checkout": {"a": 1}})
            assert posthog.get_feature_flag("new-checkout", "u") == "red"
            assert posthog.get_feature_flag_payload("new-checkout", "u") == {"a": 1}
            posthog.override_feature_flags(None)
            assert posthog.get_feature_flag("new-checkout", "u") is None

    def test_definitions_are_fetched_on_demand(self, posthog: Posthog) -> None:
        posthog.load_feature_flags()
        definitions = posthog.feature_flag_definitions()
        assert definitions is not None
        assert "new-checkout" in [flag["key"] for flag in definitions]
        posthog.shutdown()

    def test_without_a_secret_key_loading_fails(self, standin: StandIn) -> None:
        with Posthog(standin.token, standin.url, debug=True) as posthog:
            with pytest.raises(PostHogError) as raised:
                posthog.load_feature_flags()
        assert raised.value.code == "NO_SECRET_KEY"
