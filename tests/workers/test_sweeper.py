"""The sweeper: takes what this worker has room for, says that it lives, and outlives everything."""

import asyncio
import contextlib

import pytest

from core.health import health
from core.ledger import Ledger
from core.messages import Address, Asker, Question
from workers import sweeper
from workers.sweeper import sweep_for_ever


@pytest.fixture
async def due(redis, monkeypatch):
    """A ledger with three overdue questions."""
    monkeypatch.setattr(sweeper, "PAUSE", 0.05)
    ledger = Ledger(redis, lease=30.0)
    address = Address(platform="slack", tenant="T1", channel="C1", thread="1.0")
    for number in range(3):
        asked = Question(
            address=address, message=f"{number}", at=1.0, asker=Asker(id="U1"), language="ko", text="연차는?"
        )
        await ledger.admit(asked, hold=-5.0)
    return ledger


@contextlib.asynccontextmanager
async def sweeping(ledger, wake, places):
    task = asyncio.create_task(sweep_for_ever(ledger, wake, free=lambda: places, worker="w", queues="answers"))
    await asyncio.sleep(0.5)
    try:
        yield
        assert not task.done()
    finally:
        while not task.done():  # redis-py swallows a cancellation now and then
            task.cancel()
            await asyncio.wait([task], timeout=0.5)


async def test_a_worker_takes_no_more_than_it_has_places_for(due):
    """What it cannot begin it must leave to others, and its wait must be seen."""
    woken: list[str] = []
    async with sweeping(due, woken.append, 0):
        assert woken == []
        assert (await due.waiting())[1] > 5.0
        assert (await health(due.redis)).workers == {"answers": 1}
    async with sweeping(due, woken.append, 3):
        assert len(woken) == 3


async def test_nothing_stops_the_sweeper(due):
    woken: list[str] = []

    def wake(job):
        woken.append(job)
        raise ValueError("something nobody thought of")

    async with sweeping(due, wake, 1):
        assert len(woken) == 3
