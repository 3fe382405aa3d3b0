"""A rolling restart: workers are told to end one after the other while questions are in flight."""

import asyncio
import signal

import pytest

from tests.chaos.office import office
from tests.conftest import RedisServer
from tests.scenarios.conftest import knowledge

__all__ = ["knowledge"]  # the fixture


@pytest.mark.timeout(180)
async def test_two_workers_replaced_in_turn_lose_nothing_and_answer_nothing_twice(
    knowledge, redis_server: RedisServer, redis_url, tmp_path
):
    """Half of the model's answers take longer than the eight seconds that a worker has: those are handed back."""
    async with office(tmp_path, knowledge, redis_url, thinks=(1.0, 12.0), workers=("old1", "old2")) as here:
        asking = [asyncio.create_task(here.ask(number, after=number * 0.8)) for number in range(20)]
        await asyncio.sleep(3.0)
        for old, new in (("old1", "new1"), ("old2", "new2")):
            here.stack.start_worker(new)
            here.stack.kill(old, signal.SIGTERM)
            assert await asyncio.to_thread(here.stack.processes[old].wait, 30) == 0
        sent = await asyncio.gather(*asking)
        await here.faultless(*sent)
        assert all(status == 200 for one in sent for status in one.statuses)


@pytest.mark.timeout(120)
async def test_what_the_sweeper_started_is_ended_in_peace_as_well(
    knowledge, redis_server: RedisServer, redis_url, tmp_path
):
    """Celery knows nothing of this attempt, and must not pull the loop from under it."""
    async with office(tmp_path, knowledge, redis_url, thinks=(4.0, 4.0)) as here:
        question = await here.admit()
        await here.until(lambda: _asked(here), 30)
        here.stack.kill("one", signal.SIGTERM)
        assert await asyncio.to_thread(here.stack.processes["one"].wait, 30) == 0
        record = await here.record(question)
        assert (record["state"], record["attempts"]) == ("done", "1")
        await here.faultless(question)


@pytest.mark.timeout(120)
async def test_what_does_not_end_in_time_is_handed_back_and_not_picked_up_by_the_worker_that_ends(
    knowledge, redis_server: RedisServer, redis_url, tmp_path
):
    async with office(tmp_path, knowledge, redis_url, thinks=(30.0, 30.0)) as here:
        question = await here.admit()
        await here.until(lambda: _asked(here), 30)
        here.stack.kill("one", signal.SIGTERM)
        await asyncio.sleep(1.0)
        later = await here.admit(2)  # due while the worker ends
        assert await asyncio.to_thread(here.stack.processes["one"].wait, 30) == 0
        for one in (question, later):
            record = await here.record(one)
            assert (record["state"], record["attempts"], record["lease"]) == ("open", "0", "0")
        here.model.thinks = (0.0, 0.0)
        here.stack.start_worker("two")
        await here.faultless(question, later)
        for one in (question, later):
            assert (await here.record(one))["attempts"] == "1"


async def _asked(here) -> bool:
    return bool(here.model.requests)
