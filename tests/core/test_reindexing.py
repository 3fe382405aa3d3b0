"""One reindex at a time, visible and stoppable."""

import asyncio

from core import keys, reindexing


async def test_of_fifty_wishes_one_runs(redis):
    began = await asyncio.gather(*(reindexing.begin(redis, f"job{n}", by=f"U{n}") for n in range(50)))
    assert began.count(True) == 1
    status = await reindexing.status(redis)
    assert status.running and status.by.startswith("U")


async def test_the_same_job_goes_on_after_its_worker_died(redis):
    assert await reindexing.begin(redis, "job", by="U1")
    assert await reindexing.begin(redis, "job", by="U1")


async def test_progress_and_the_end_are_seen(redis):
    await reindexing.begin(redis, "job", by="U1")
    assert await reindexing.report(redis, "job", done=3, total=9) == "go on"
    status = await reindexing.status(redis)
    assert (status.done, status.total) == (3, 9)
    await reindexing.end(redis, "job", "done well")
    status = await reindexing.status(redis)
    assert not status.running and status.last == "done well"


async def test_a_wish_to_stop_reaches_the_runner_and_not_the_next_run(redis):
    assert not await reindexing.cancel(redis)
    await reindexing.begin(redis, "job", by="U1")
    assert await reindexing.cancel(redis)
    assert await reindexing.report(redis, "job", done=1, total=9) == "stop"
    await reindexing.end(redis, "job", "stopped")
    await reindexing.begin(redis, "next", by="U1")
    assert await reindexing.report(redis, "next", done=1, total=9) == "go on"


async def test_a_runner_that_lost_the_lock_learns_it(redis):
    await reindexing.begin(redis, "job", by="U1")
    await redis.delete(keys.REINDEX_LOCK)
    await reindexing.begin(redis, "other", by="U2")
    assert await reindexing.report(redis, "job", done=1, total=9) == "lost"
