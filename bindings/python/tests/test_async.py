"""The client for asyncio: the same answers, and a loop that is never held up."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import SECRET_KEY, StandIn, run_program

from libposthog import AsyncPosthog, Posthog

# Ten times the figure of the benchmark: a guard against a blocked loop, not a measurement.
LAG_GUARD_SECONDS = 0.1


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """A host that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


async def longest_lag(until: asyncio.Event) -> float:
    """How late the loop came back from sleeps of a millisecond, at worst."""
    worst = 0.0
    while not until.is_set():
        start = time.perf_counter()
        await asyncio.sleep(0.001)
        worst = max(worst, time.perf_counter() - start - 0.001)
    return worst


def test_a_black_hole_does_not_hold_up_the_loop() -> None:
    async def use(posthog: AsyncPosthog) -> None:
        for number in range(200):
            posthog.capture("e", distinct_id=f"user-{number}", properties={"number": number})
            await asyncio.sleep(0)
        waiting = [posthog.get_feature_flag("k", f"user-{number}") for number in range(20)]
        answers = await asyncio.gather(
            *waiting,
            posthog.get_all_flags("u"),
            posthog.evaluate_flags("u"),
            posthog.get_remote_config_payload("settings"),
            posthog.load_feature_flags(),
            posthog.wait_for_local_evaluation_ready(0.2),
            posthog.capture_immediate("now", distinct_id="u"),
            posthog.flush(0.2),
            posthog.drain(0.2),
        )
        assert answers[:21] == [None] * 20 + [{}]
        await posthog.shutdown(0.2)

    async def main() -> float:
        done = asyncio.Event()
        with black_hole() as url:
            posthog = AsyncPosthog(
                "phc",
                url,
                secret_key="phs",
                timeout=0.3,
                feature_flags_request_timeout_seconds=0.2,
                feature_flags_request_max_retries=0,
                max_retries=0,
                shutdown_timeout_ms=500,
            )
            lag = asyncio.create_task(longest_lag(done))
            await asyncio.wait_for(use(posthog), 30)
            done.set()
            return await lag

    # A busy machine may hold up the loop once; a call that blocks does it every time, and for longer.
    assert any(asyncio.run(main()) < LAG_GUARD_SECONDS for _ in range(3))


def test_waiting_flag_calls_hold_up_neither_shutdown_nor_exit() -> None:
    program = """
import asyncio, sys, time
from libposthog import AsyncPosthog
async def main():
    posthog = AsyncPosthog("phc", sys.argv[1], exit_timeout_ms=300)
    waiting = [asyncio.create_task(posthog.get_feature_flag("k", f"u{number}")) for number in range(200)]
    await asyncio.sleep(0.2)
    if sys.argv[2] == "shutdown":
        await posthog.shutdown(0.2)
        print(sum(answer is None for answer in await asyncio.gather(*waiting)))
asyncio.run(main())
"""
    for how, printed in (("shutdown", "200\n"), ("exit", "")):
        with black_hole() as url:
            start = time.monotonic()
            # A flag request may take 3 s and is made twice: 200 calls one after the other in 32 threads take 40 s.
            assert run_program(program, url, how) == printed
            assert time.monotonic() - start < 15


def test_it_answers_as_the_other_client(standin: StandIn) -> None:
    async def main() -> None:
        async with AsyncPosthog(standin.token, standin.url, secret_key=SECRET_KEY, debug=True) as posthog:
            await posthog.load_feature_flags()
            assert posthog.is_local_evaluation_ready()
            assert await posthog.wait_for_local_evaluation_ready(1)
            assert await posthog.get_feature_flag("new-checkout", "u") is True
            assert await posthog.feature_enabled("pro-plan", "u", person_properties={"plan": "free"}) is False
            assert await posthog.get_feature_flag_payload("new-checkout", "u") == {"steps": 1}
            flags = await posthog.evaluate_flags("u", only_evaluate_locally=True)
            assert flags.is_enabled("new-checkout")
            posthog.capture("e", distinct_id="u", flags=flags.only_accessed())
            posthog.capture("f", distinct_id="u", send_feature_flags=True)
            assert await posthog.capture_immediate("now", distinct_id="u")
            assert (await posthog.flush())["pending"] == 0
        assert posthog.capture("late", distinct_id="u") is None if not posthog.debug else True

    asyncio.run(main())
    events = {event["event"]: event["properties"] for event in standin.events()}
    assert events["e"]["$feature/new-checkout"] is True
    assert events["f"]["$feature/new-checkout"] is True
    assert "now" in events


def test_a_first_try_that_would_wait_leaves_no_trace(standin: StandIn) -> None:
    seen: list[str] = []

    def hook(event: dict[str, Any]) -> dict[str, Any]:
        seen.append(event["event"])
        return event

    async def main() -> None:
        async with AsyncPosthog(standin.token, standin.url, before_send=hook) as posthog:
            assert await posthog.capture_immediate("now", distinct_id="u", properties={"bad": object()})
            assert await posthog.get_feature_flag("k", "u") is None
            assert [record["code"] for record in await posthog.drain() if record["code"] == "VALUE"] == ["VALUE"]

    asyncio.run(main())
    assert seen == ["now", "$feature_flag_called"]
    assert [event["event"] for event in standin.events()] == seen


def test_after_shutdown_everything_answers() -> None:
    async def main() -> None:
        posthog = AsyncPosthog("phc", "http://127.0.0.1:1")
        await posthog.shutdown(0)
        await posthog.shutdown()
        assert posthog.capture("late", distinct_id="u") is None
        assert await posthog.get_feature_flag("k", "u") is None
        assert await posthog.flush() == {}
        await posthog.join()

    asyncio.run(main())


def test_sync_mode_is_refused_by_a_note() -> None:
    async def main() -> list[dict[str, Any]]:
        async with AsyncPosthog("phc", mode="memory", sync_mode=True) as posthog:
            assert posthog.capture("e", distinct_id="u")
            return await posthog.drain()

    assert "await capture_immediate" in asyncio.run(main())[0]["message"]


def test_every_method_is_there_and_what_waits_is_a_coroutine() -> None:
    names = {name for name in dir(Posthog) if not name.startswith("_")}
    assert names - {name for name in dir(AsyncPosthog)} == {"drain_library"}
    waiting = {name for name in names & vars(AsyncPosthog).keys()}
    assert all(inspect.iscoroutinefunction(getattr(AsyncPosthog, name)) for name in waiting)
    own = {name for name in vars(Posthog) if not name.startswith("_")}
    assert waiting == own - {"drain_library"} | {"get_feature_flag", "feature_enabled"}


@pytest.mark.parametrize("method", ["tag", "get_tags", "register", "stats", "capture"])
def test_what_does_not_wait_is_a_plain_method(method: str) -> None:
    assert not inspect.iscoroutinefunction(getattr(AsyncPosthog, method))
