"""Health: heartbeats and the oldest question, not what other work waits for."""

import time

from core import keys
from core.health import beat, health
from core.ledger import Ledger
from core.messages import Address, Asker, Question, Reindex

COMMON = {
    "address": Address(platform="slack", tenant="T1", channel="C1"),
    "at": 1.0,
    "asker": Asker(id="U1"),
    "language": "ko",
}


async def test_without_a_beating_worker_nobody_answers(redis):
    assert not (await health(redis)).answering
    await beat(redis, "w1", "answers,maintenance")
    assert (await health(redis)).answering
    await redis.delete(keys.WORKERS + "w1")
    await beat(redis, "w2", "reindex")
    assert not (await health(redis)).answering


async def test_a_question_that_nobody_takes_is_noticed_though_workers_beat(redis):
    await beat(redis, "w1", "answers")
    question = Question(message="1", text="?", **COMMON)
    await Ledger(redis).admit(question)
    await redis.zadd(keys.due("T1"), {question.job: time.time() - 90})
    found = await health(redis)
    assert not found.answering and 85 < found.oldest < 95


async def test_a_reindex_that_waits_for_its_worker_says_nothing_of_answers(redis):
    await beat(redis, "w1", "answers")
    wish = Reindex(message="1", **COMMON)
    await Ledger(redis).admit(wish)
    await redis.zadd(keys.due("T1"), {wish.job: time.time() - 90})
    assert (await health(redis)).answering
