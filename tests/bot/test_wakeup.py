"""A wake-up never blocks, never raises, and may be lost."""

import asyncio
import socket
import time

from bot import wakeup
from bot.wakeup import Wakeup


async def test_a_broker_that_is_away_costs_the_caller_nothing():
    sender = Wakeup("redis://127.0.0.1:1/0")
    began = time.monotonic()
    for number in range(20):
        sender.send("question", f"slack:T:C:{number}")
    await asyncio.sleep(0.1)
    assert time.monotonic() - began < 1.0
    sender.close()


async def test_a_broker_that_hangs_is_left_to_the_sweeper_after_so_many(monkeypatch):
    monkeypatch.setattr(wakeup, "PENDING", 5)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(50)
        sender = Wakeup(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        began = time.monotonic()
        for number in range(50):
            sender.send("question", f"slack:T:C:{number}")
        await asyncio.sleep(0.1)
        assert time.monotonic() - began < 1.0
        assert sender._pending <= 5
        sender.close()


async def test_a_wake_up_reaches_its_queue(redis, redis_url):
    sender = Wakeup(redis_url)
    sender.send("reindex", "slack:T:C:1")
    ends = time.monotonic() + 10
    while not await redis.llen("daedap:celery:reindex") and time.monotonic() < ends:
        await asyncio.sleep(0.01)
    message = await redis.lindex("daedap:celery:reindex", 0)
    sender.close()
    assert "daedap.wake" in message
