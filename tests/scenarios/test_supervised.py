"""`daedap up` keeps its children at work: whoever stops working although it lives is found out, replaced and said so."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
import redis as blocking_redis

from tests.scenarios.crew import LEAVE, crew_of
from tests.shims.sitecustomize import CELERY_HANGS, LOOP_HANGS

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="/proc and real-time signals are Linux's"),
    pytest.mark.timeout(240),
]


@pytest.fixture
async def crew(tmp_path, knowledge):
    async with crew_of(tmp_path, knowledge) as ours:
        yield ours


async def test_a_worker_that_somebody_stopped_is_replaced_and_its_question_answered(crew):
    old = crew.worker
    os.kill(old, signal.SIGSTOP)
    sent = await crew.slack.mention("U0TOM", "C0ALL", LEAVE)
    answer = await crew.slack.answer(sent, within=60)
    assert "25일" in answer.text
    await crew.replaced("worker", "heart", 1)
    assert crew.worker not in (None, old) and not Path(f"/proc/{old}").exists()
    assert crew.said.count("was replaced") == 1, "and nobody else was"


async def test_a_worker_whose_loop_hangs_is_replaced_and_its_question_answered(crew):
    os.kill(crew.worker, LOOP_HANGS)
    sent = await crew.slack.mention("U0TOM", "C0ALL", LEAVE)
    assert "25일" in (await crew.slack.answer(sent, within=60)).text
    await crew.replaced("worker", "heart", 1)


async def test_a_worker_that_stopped_consuming_answers_by_its_sweeper_and_is_replaced(crew):
    """Its loop beats, its pid is there, its port too: only the wake-up that nobody takes tells.

    The first one goes to the socket on which the dead consumer still waits; so people go on asking.
    """
    os.kill(crew.worker, CELERY_HANGS)
    for _ in range(12):
        sent = await crew.slack.mention("U0TOM", "C0ALL", LEAVE)
        assert "25일" in (await crew.slack.answer(sent, within=45)).text
        if "was replaced" in crew.said:
            break
        await asyncio.sleep(5)
    await crew.replaced("worker", "wake-ups", 1)
    await crew.until(lambda: crew.redis().llen("daedap:celery:answers") == 0, 30)
    assert "25일" in (await crew.slack.answer(await crew.slack.mention("U0TOM", "C0ALL", LEAVE), within=45)).text


async def test_a_bot_and_a_redis_that_hang_are_replaced_and_nothing_that_was_accepted_is_lost(crew):
    redis, bot = crew.pid("-server"), crew.pid("-m", "bot")
    crew.redis().set("told", "once")
    await asyncio.sleep(1.1)  # what the append-only file may lack
    for pid in (redis, bot):
        os.kill(pid, signal.SIGSTOP)
    await crew.replaced("redis", "does not answer", 60)
    await crew.replaced("bot", "does not answer", 60)
    await crew.until(lambda: _get(crew) == "once", 20)
    sent = await crew.slack.mention("U0TOM", "C0ALL", LEAVE)
    assert "25일" in (await crew.slack.answer(sent, within=60)).text
    assert "worker was replaced" not in crew.said and "reindexer was replaced" not in crew.said


def _get(crew) -> str | None:
    try:
        return crew.redis().get("told")
    except (blocking_redis.ConnectionError, blocking_redis.TimeoutError, blocking_redis.BusyLoadingError):
        return None


async def test_every_killed_child_is_back_within_two_seconds_and_works(crew):
    children = {
        "redis": ("-server",),
        "worker": ("workers", "answers"),
        "bot": ("-m", "bot"),
        "reindexer": ("reindex",),
    }
    for name, words in children.items():
        old = crew.pid(*words)
        os.kill(old, signal.SIGKILL)
        took = await crew.until(lambda words=words, old=old: crew.pid(*words) not in (None, old), 10)
        assert took < 4, f"{name}: promised within 2 s, doubled for a busy machine"
    sent = await crew.slack.mention("U0TOM", "C0ALL", LEAVE)
    assert "25일" in (await crew.slack.answer(sent, within=60)).text
