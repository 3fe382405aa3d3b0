"""What is told of a reindex run: its lock outlives a slow chat, and nothing is told after its end."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from core import reindexing
from core.errors import LeaseLost
from core.ledger import Ledger
from core.messages import Address, Asker, Reindex
from workers import watch
from workers.services import Attempt
from workers.watch import Watch


class Chat:
    """Takes a text of progress after `seconds`."""

    def __init__(self):
        self.seconds, self.coming, self.texts = 0.0, 0, []

    async def progress(self, claim, text):
        self.coming += 1
        await asyncio.sleep(self.seconds)
        self.texts.append(text)


@pytest.fixture
def chat(monkeypatch):
    monkeypatch.setattr(watch, "PAUSE", 0.05)
    return Chat()


@pytest.fixture
async def running(redis, chat):
    """A run that holds the lock."""
    address = Address(platform="slack", tenant="T1", channel="C1", thread="1.0")
    ledger = Ledger(redis)
    work = Reindex(address=address, message="1.0", at=1.0, asker=Asker(id="U1"), language="en")
    await ledger.admit(work)
    claim = await ledger.claim(work.job)
    assert claim is not None
    assert await reindexing.begin(redis, claim.job, by="U1")
    services: Any = SimpleNamespace(redis=redis)
    return Watch(Attempt(claim, chat, services))


async def test_progress_reaches_the_chat(running, chat):
    async with running.telling():
        running.control.progress(3, 9, "d")
        await asyncio.sleep(0.3)
    assert "3/9" in chat.texts[-1]


async def test_a_chat_that_is_slow_does_not_cost_the_run_its_lock(running, chat, redis, monkeypatch):
    monkeypatch.setattr(reindexing, "HELD", 1)
    await reindexing.begin(redis, running._attempt.claim.job, by="U1")
    chat.seconds = 2.5
    async with running.telling():
        await asyncio.sleep(2.0)
        assert (await reindexing.status(redis)).running


async def test_a_run_that_lost_its_lock_tells_nothing_more(running, chat, redis):
    """It was frozen; meanwhile another worker has finished the job and shown the result."""
    await reindexing.end(redis, running._attempt.claim.job, "done")
    with pytest.raises(LeaseLost):
        async with running.telling():
            await asyncio.sleep(0.3)
    assert chat.coming == 0


async def test_nothing_is_on_its_way_to_the_chat_when_the_run_is_over(running, chat):
    chat.seconds = 0.5
    async with running.telling():
        await asyncio.sleep(0.2)
    assert chat.coming == len(chat.texts) == 1


async def test_the_wish_to_stop_reaches_the_run(running, redis):
    await reindexing.cancel(redis)
    async with running.telling():
        await asyncio.sleep(0.3)
        assert running.control.cancelled()
