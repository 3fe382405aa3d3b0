"""Delivery to the page: one answer, whoever sends it and however often."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from core import keys
from core.connect import connect
from core.errors import Transient
from core.events import follow, publish
from core.ledger import Claim, Ledger
from core.messages import Address, Answer, Asker, Question
from tests.conftest import RedisServer
from workers.delivery.playground import PlaygroundDelivery

QUESTION = Question(
    address=Address(platform="playground", tenant="local", channel="me", thread="thread-01"),
    message="question-1",
    at=1.0,
    asker=Asker(id="me", direct=True),
    language="ko",
    text="?",
)
ANSWER = Answer(text="여섯 날. [1]", known=True, language="ko")


@pytest.fixture
async def claim(redis: Redis) -> Claim:
    ledger = Ledger(redis)
    await ledger.admit(QUESTION)
    held = await ledger.claim(QUESTION.job)
    assert held is not None
    return held


async def shown(redis: Redis) -> list[tuple[str, dict[str, Any]]]:
    entries = await redis.xrange(keys.events(QUESTION.job))
    return [(entry["type"], entry["data"]) for _, entry in entries]


async def test_the_stream_of_one_answer_reads_from_waiting_to_the_end(redis: Redis, claim: Claim) -> None:
    delivery = PlaygroundDelivery(redis)
    await delivery.begin(claim)
    await delivery.step(claim, "reading", 8)
    await delivery.draft(claim, "여섯 날.")
    await delivery.progress(claim, "거의 다 됐어요")
    await delivery.finish(claim, ANSWER)
    told = [(event.type, event.data) async for event in follow(redis, claim.job) if event]
    assert told == [
        ("step", {"step": "queued", "count": 0}),
        ("step", {"step": "reading", "count": 8}),
        ("draft", {"text": "여섯 날."}),
        ("progress", {"text": "거의 다 됐어요"}),
        ("answer", ANSWER.model_dump(mode="json")),
        ("end", {}),
    ]


async def test_two_workers_that_finish_at_once_show_one_answer(redis_url: str, redis: Redis, claim: Claim) -> None:
    clients = [connect(redis_url) for _ in range(8)]
    await asyncio.gather(*(PlaygroundDelivery(client).finish(claim, ANSWER) for client in clients for _ in range(5)))
    assert [kind for kind, _ in await shown(redis)] == ["answer", "end"]
    for client in clients:
        await client.aclose()


async def test_a_stale_worker_shows_nothing_behind_the_answer(redis: Redis, claim: Claim) -> None:
    delivery = PlaygroundDelivery(redis)
    await delivery.finish(claim, ANSWER)
    await delivery.begin(claim)
    await delivery.step(claim, "writing")
    await delivery.draft(claim, "late")
    await delivery.finish(claim, ANSWER.model_copy(update={"text": "another"}))
    assert [kind for kind, _ in await shown(redis)] == ["answer", "end"]


async def test_a_second_attempt_does_not_begin_again(redis: Redis, claim: Claim) -> None:
    delivery = PlaygroundDelivery(redis)
    await delivery.begin(claim)
    await delivery.step(claim, "searching")
    await delivery.begin(claim)
    assert [kind for kind, _ in await shown(redis)] == ["step", "step"]


async def test_an_answer_follows_what_others_published(redis: Redis, claim: Claim) -> None:
    await publish(redis, claim.job, "step", step="end", count=0)  # a step named like the end is not the end
    await PlaygroundDelivery(redis).finish(claim, ANSWER)
    assert [kind for kind, _ in await shown(redis)] == ["step", "answer", "end"]


async def test_a_stream_is_kept_an_hour_and_no_longer(redis: Redis, claim: Claim) -> None:
    await PlaygroundDelivery(redis).finish(claim, ANSWER)
    assert 3500 < await redis.ttl(keys.events(claim.job)) <= 3600


async def test_without_redis_what_must_be_shown_is_worth_another_attempt_and_the_rest_is_dropped(
    redis_server: RedisServer, redis: Redis, claim: Claim
) -> None:
    delivery = PlaygroundDelivery(redis)
    redis_server.stop()
    try:
        await delivery.step(claim, "searching")
        await delivery.draft(claim, "text")
        await delivery.progress(claim, "text")
        with pytest.raises(Transient):
            await delivery.begin(claim)
        with pytest.raises(Transient):
            await delivery.finish(claim, ANSWER)
    finally:
        redis_server.start()
