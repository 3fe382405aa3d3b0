"""A worker is told to end while an answer takes longer than it may wait: another goes on at once."""

import asyncio
import signal

import pytest

from tests.chaos.office import office
from tests.conftest import RedisServer


@pytest.mark.timeout(120)
async def test_what_does_not_end_in_time_is_handed_back_and_not_picked_up_by_the_worker_that_ends(
    knowledge, redis_server: RedisServer, redis_url, tmp_path
):
    async with office(tmp_path, knowledge, redis_server, thinks=(30.0, 30.0)) as here:
        question = await here.admit()

        async def asked() -> bool:
            return bool(here.model.requests)

        await here.until(asked, 30)
        here.stack.kill("one", signal.SIGTERM)
        await asyncio.sleep(1.0)
        later = await here.admit(2)  # due while the worker ends
        assert await asyncio.to_thread(here.stack.processes["one"].wait, 30) == 0
        for one in (question, later):
            record = await here.record(one)
            assert (record["state"], record["attempts"], record["lease"]) == ("open", "0", "0")
        here.model.thinks = (0.0, 0.0)
        await here.employ("two")
        await here.faultless(question, later)
        for one in (question, later):
            assert int((await here.record(one))["attempts"]) <= 2  # a busy machine may cost a lease while models load
