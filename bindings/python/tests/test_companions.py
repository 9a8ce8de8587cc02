"""The threads beside a client: on_error and flag definition cache providers."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest
from conftest import SECRET_KEY, StandIn, run_program

from libposthog import Posthog, PostHogError

DEFINITIONS = {
    "flags": [{"key": "shared", "active": True, "filters": {"groups": [{"properties": [], "rollout_percentage": 100}]}}],
    "group_type_mapping": {},
    "cohorts": {},
}


class TestOnError:
    def test_it_is_told_what_was_lost_and_why(self, standin: StandIn) -> None:
        told: list[tuple[str, list[str], str]] = []

        def on_error(error: Exception, events: list[dict[str, Any]]) -> None:
            assert isinstance(error, PostHogError)
            told.append((error.code, [event["uuid"] for event in events], threading.current_thread().name))

        standin.fault({"status": 400}, repeat=True)
        posthog = Posthog(standin.token, standin.url, on_error=on_error)
        lost = posthog.capture("e", distinct_id="u")
        posthog.shutdown()
        assert told == [("rejected_400", [lost], "libposthog")]

    def test_it_may_call_the_client_and_raise(self, standin: StandIn) -> None:
        seen = threading.Event()

        def on_error(error: Exception, events: list[dict[str, Any]]) -> None:
            posthog.capture("from the callback", distinct_id="u")
            posthog.flush(1)
            posthog.shutdown(1)
            seen.set()
            raise RuntimeError("of the callback")

        standin.fault({"status": 400})
        posthog = Posthog(standin.token, standin.url, on_error=on_error)
        posthog.capture("e", distinct_id="u")
        posthog.flush(1)
        assert seen.wait(10)
        posthog.shutdown()
        assert [event["event"] for event in standin.events()] == ["from the callback"]

    def test_without_it_there_is_no_thread(self) -> None:
        before = threading.active_count()
        with Posthog("phc", mode="memory"):
            assert threading.active_count() == before

    def test_a_forked_child_has_its_own(self, standin: StandIn) -> None:
        program = """
import os, sys
from libposthog import Posthog
told = []
posthog = Posthog(sys.argv[1], sys.argv[2], on_error=lambda error, events: told.append(error.code), max_retries=0)
pid = os.fork()
if pid == 0:
    posthog.capture("in the child", distinct_id="u")
    posthog.shutdown()
    os._exit(told == ["rejected_400"])
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), told)
"""
        standin.fault({"status": 400}, repeat=True)
        assert run_program(program, standin.token, standin.url) == "1 []\n"


class Provider:
    """One that remembers what it was asked, and fails where it is told to."""

    def __init__(self, fetch: bool, data: Any = None, failing: str = "") -> None:
        self.fetch, self.data, self.failing = fetch, data, failing
        self.asked: list[str] = []
        self.received: list[dict[str, Any]] = []

    def _note(self, name: str) -> None:
        self.asked.append(name)
        if name == self.failing:
            raise RuntimeError(name)

    def should_fetch_flag_definitions(self) -> bool:
        self._note("should_fetch")
        return self.fetch

    def get_flag_definitions(self) -> Any:
        self._note("get")
        return self.data

    def on_flag_definitions_received(self, data: dict[str, Any]) -> None:
        self._note("received")
        self.received.append(data)

    def shutdown(self) -> None:
        self._note("shutdown")


class AsyncProvider(Provider):
    async def should_fetch_flag_definitions(self) -> bool:  # type: ignore[override]
        return Provider.should_fetch_flag_definitions(self)

    async def get_flag_definitions(self) -> Any:
        return Provider.get_flag_definitions(self)

    async def shutdown(self) -> None:  # type: ignore[override]
        Provider.shutdown(self)


def open_with(standin: StandIn, provider: Provider, **options: Any) -> Posthog:
    options = {"secret_key": SECRET_KEY, "poll_interval": 3600, "flag_definition_cache_provider": provider, **options}
    return Posthog(standin.token, standin.url, **options)


def definitions_requests(standin: StandIn) -> int:
    return sum(request["path"] == "/flags/definitions" for request in standin.requests())


class TestDefinitionSharing:
    def test_who_may_fetch_shares_what_came(self, standin: StandIn) -> None:
        provider = Provider(fetch=True)
        with open_with(standin, provider) as posthog:
            assert posthog.get_feature_flag("new-checkout", "u") is True
            posthog.load_feature_flags()
        assert provider.asked == ["should_fetch", "received", "should_fetch", "shutdown"]
        assert "new-checkout" in [flag["key"] for flag in provider.received[0]["flags"]]
        assert definitions_requests(standin) == 2

    @pytest.mark.parametrize("kind", [Provider, AsyncProvider])
    def test_who_may_not_reads_and_asks_nobody(self, standin: StandIn, kind: type[Provider]) -> None:
        provider = kind(fetch=False, data=DEFINITIONS)
        with open_with(standin, provider, secret_key=None) as posthog:
            assert posthog.get_feature_flag("shared", "u", only_evaluate_locally=True) is True
        assert provider.asked == ["should_fetch", "get", "shutdown"]
        assert definitions_requests(standin) == 0

    def test_an_empty_cache_is_fetched_for_once_and_then_kept(self, standin: StandIn) -> None:
        provider = Provider(fetch=False)
        with open_with(standin, provider) as posthog:
            assert posthog.get_feature_flag("new-checkout", "u") is True
            posthog.load_feature_flags()
            assert posthog.get_feature_flag("new-checkout", "u") is True
        assert provider.asked == ["should_fetch", "get", "received", "should_fetch", "get", "shutdown"]
        assert definitions_requests(standin) == 1

    @pytest.mark.parametrize("failing", ["should_fetch", "get", "received", "shutdown"])
    def test_one_that_raises_breaks_nothing(
        self, standin: StandIn, failing: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        provider = Provider(fetch=failing != "get", failing=failing)
        with caplog.at_level(logging.WARNING, "libposthog"), open_with(standin, provider) as posthog:
            assert posthog.get_feature_flag("new-checkout", "u") is True
        assert "RuntimeError" in caplog.text

    def test_a_forked_child_asks_for_itself(self, standin: StandIn) -> None:
        program = """
import os, sys
from libposthog import Posthog
class Provider:
    def should_fetch_flag_definitions(self): return False
    def get_flag_definitions(self):
        flag = {"key": f"of-{os.getpid()}", "active": True, "filters": {"groups": [{"properties": []}]}}
        return {"flags": [flag], "group_type_mapping": {}, "cohorts": {}}
    def on_flag_definitions_received(self, data): pass
    def shutdown(self): pass
posthog = Posthog(sys.argv[1], sys.argv[2], flag_definition_cache_provider=Provider(), only_evaluate_locally=True)
assert posthog.get_feature_flag(f"of-{os.getpid()}", "u") is True
pid = os.fork()
if pid == 0:
    posthog.load_feature_flags()
    os._exit(posthog.get_feature_flag(f"of-{os.getpid()}", "u") is True)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
        assert run_program(program, standin.token, standin.url) == "1\n"
