"""What the bot says by itself when nobody asks for its health."""

import asyncio
import time

import pytest
import structlog
from aiohttp import web

from bot import alarm
from bot.alarm import alarms, found
from core import keys
from core.connect import connect
from core.health import beat, troubled
from core.ledger import Ledger
from core.messages import Address, Asker, Question

ADDRESS = Address(platform="slack", tenant="T1", channel="C1")


async def late(redis, seconds: float) -> None:
    asked = Question(address=ADDRESS, message="1", at=1.0, asker=Asker(id="U1"), language="ko", text="?")
    await Ledger(redis).admit(asked)
    await redis.zadd(keys.due("T1"), {asked.job: time.time() - seconds})


@pytest.fixture
async def well(redis):
    await beat(redis, "w1", "answers,maintenance")
    assert await found(redis) == {}


async def test_a_question_that_waits_for_a_minute_is_an_alarm(well, redis):
    await late(redis, 50)
    assert await found(redis) == {}
    await late(redis, 90)
    [(name, told)] = (await found(redis)).items()
    assert (name, told["waiting"]) == ("alarm.late", 1) and 85 < told["oldest_due_seconds"] < 95


async def test_no_answering_worker_is_an_alarm(redis):
    await beat(redis, "w1", "reindex")
    assert list(await found(redis)) == ["alarm.no_worker"]


async def test_a_refused_token_is_an_alarm_until_it_works_again(well, redis):
    await troubled(redis, "slack", "token_revoked")
    assert await found(redis) == {"alarm.slack": {"code": "token_revoked"}}
    await troubled(redis, "slack", "")
    assert await found(redis) == {}


@pytest.mark.parametrize("seconds", [600, -600])
async def test_a_clock_that_is_not_redis_is_an_alarm(well, redis, monkeypatch, seconds):
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + seconds)
    [(name, told)] = (await found(redis)).items()
    assert name == "alarm.clock" and abs(told["ahead_of_redis_seconds"] - seconds) <= 2


async def test_no_redis_is_an_alarm():
    away = connect("redis://127.0.0.1:1/0", timeout=0.5)
    assert list(await found(away)) == ["alarm.redis"]
    await away.aclose()


async def test_the_same_alarm_is_said_once_a_minute(redis, monkeypatch):
    monkeypatch.setattr(alarm, "LOOK", 0.05)
    with structlog.testing.capture_logs() as logs:
        context = alarms(redis)(web.Application())
        await anext(context)
        await asyncio.sleep(0.6)
        assert [one["event"] for one in logs] == ["alarm.no_worker"]
        monkeypatch.setattr(alarm, "AGAIN", 0.1)
        await asyncio.sleep(0.6)
        assert len(logs) > 2
        with pytest.raises(StopAsyncIteration):
            await anext(context)
