"""The watchdog itself: it must bark."""

import asyncio
import contextlib
import time

from tests.scenarios.watchdog import Watchdog


async def watched(work) -> Watchdog:
    dog = Watchdog()
    watching = asyncio.create_task(dog.watch())
    await asyncio.sleep(0.05)
    await work()
    await asyncio.sleep(0.05)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    return dog


async def test_a_blocking_call_on_the_loop_is_noticed():
    async def blocks():
        time.sleep(0.2)  # noqa: ASYNC251  (the very thing that must be noticed)

    assert len((await watched(blocks)).stalls) == 1


async def test_waiting_as_one_should_is_not_noticed():
    async def waits():
        await asyncio.sleep(0.2)
        await asyncio.to_thread(time.sleep, 0.2)

    assert (await watched(waits)).stalls == []
