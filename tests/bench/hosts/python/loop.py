"""The scenario loop, a module of its own because nothing else here may import asyncio: start-up is measured, too."""

import asyncio
import time


async def lag(work):
    """How late sleeps of a millisecond end beside the work, in ms: the worst, and the p99."""
    late, task = [], asyncio.ensure_future(work)
    while not task.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        late.append((time.perf_counter() - before) * 1000 - 1)
    task.result()
    late.sort()
    return late[-1], late[int(len(late) * 0.99)]


async def use(posthog, event, seconds):
    end, step, waiting = time.perf_counter() + seconds, 0, []
    while time.perf_counter() < end:
        user, properties = event(step)
        posthog.capture("order completed", distinct_id=user, properties=properties)
        assert await posthog.get_feature_flag("simple", user) is not None
        if step % 10 == 0:
            waiting.append(asyncio.create_task(posthog.get_feature_flag("unknown", user)))
        if step % 100 == 0:
            waiting.append(asyncio.create_task(posthog.flush(0.05)))
        step += 1
        await asyncio.sleep(0.001)


async def both(posthog, event, seconds):
    await posthog.wait_for_local_evaluation_ready()
    return *await lag(asyncio.sleep(seconds)), *await lag(use(posthog, event, seconds))


def measure(posthog, event, ms):
    # Not asyncio.run, which at its end waits for what waits for the server.
    measured = asyncio.new_event_loop().run_until_complete(both(posthog, event, ms / 1000))
    return dict(zip(("empty_worst_ms", "empty_p99_ms", "worst_ms", "p99_ms"), measured))
