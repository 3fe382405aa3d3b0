"""Redis dies in the middle and comes back from its append-only file."""

import asyncio
import signal

import pytest

from tests.chaos.office import office
from tests.conftest import RedisServer
from tests.scenarios.conftest import knowledge

__all__ = ["knowledge"]  # the fixture

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def mortal(tmp_path):
    """A Redis of this test's own."""
    folder = tmp_path / "redis"
    folder.mkdir()
    server = RedisServer(folder)
    yield server
    server.stop()


async def test_twenty_questions_around_a_killed_redis_get_one_answer_each(knowledge, mortal: RedisServer, tmp_path):
    async with office(tmp_path, knowledge, mortal.url, thinks=(0.5, 2.5), workers=("one", "two")) as here:
        here.slack.sender.retries = (0.0, 0.5, 2.0, 5.0, 10.0)  # Slack's own are 0, 60, 300
        asking = [asyncio.create_task(here.ask(number, after=number * 0.3)) for number in range(20)]
        await asyncio.sleep(3.0)
        await asyncio.to_thread(mortal.stop)
        await asyncio.sleep(1.5)
        await asyncio.to_thread(mortal.start)
        sent = await asyncio.gather(*asking)
        await here.faultless(*sent)
        assert any(reply[0].status == 503 for one in sent for reply in one.replies), "nobody noticed that it was gone"
        assert all(process.poll() is None for process in here.stack.processes.values())


async def test_a_redis_that_freezes_longer_than_a_lease_costs_time_only(knowledge, mortal: RedisServer, tmp_path):
    async with office(tmp_path, knowledge, mortal.url, thinks=(0.5, 2.5), workers=("one", "two")) as here:
        here.slack.sender.retries = (0.0, 0.5, 2.0, 5.0, 10.0)
        asking = [asyncio.create_task(here.ask(number, after=number * 0.3)) for number in range(12)]
        await asyncio.sleep(2.0)
        mortal.signal(signal.SIGSTOP)
        await asyncio.sleep(6.0)
        mortal.signal(signal.SIGCONT)
        sent = await asyncio.gather(*asking)
        await here.faultless(*sent)
