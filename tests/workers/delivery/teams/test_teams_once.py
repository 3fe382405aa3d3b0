"""An answer is never posted twice in Teams, whatever happens to replies, workers and leases."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from core.errors import LeaseLost, Transient
from core.texts import say
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import GENERAL
from tests.workers.delivery.teams.conftest import ANSWER, Ask, Asked, taken_over
from workers.delivery.teams import TeamsDelivery

UNCERTAIN = say("teams_uncertain", "ko", reference="")[:20]


async def until_done(asked: Asked, delivery: TeamsDelivery, redis: Redis) -> int:
    """Attempts until one ends well."""
    claim = asked.claim
    for attempt in range(1, 20):
        try:
            await delivery.begin(claim)
            await delivery.finish(claim, ANSWER)
        except Transient:
            claim = await taken_over(redis, claim)
        else:
            return attempt
    raise AssertionError("it never ended")


def answers(asked: Asked) -> list[str]:
    return [message.text for message in asked.visible if "15일" in message.text]


def apologies(asked: Asked) -> list[str]:
    return [message.text for message in asked.visible if message.text.startswith(UNCERTAIN)]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", ["reset", "hang", "late", "garbage", "stall", "drop", "broken"])
async def test_an_update_whose_reply_was_lost_is_sent_again(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis, kind: str
) -> None:
    asked = await ask()
    teams.faults.script("update", kind, kind)
    assert await until_done(asked, delivery, redis) == 1
    assert len(asked.visible) == len(answers(asked)) == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", ["reset", "hang", "late", "garbage"])
async def test_an_answer_that_may_stand_there_is_not_posted_again(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis, kind: str
) -> None:
    asked = await ask(placeholder=False)
    teams.faults.script("send", kind)
    assert await until_done(asked, delivery, redis) == 2
    assert (len(answers(asked)), len(apologies(asked))) == (1, 1)
    assert asked.claim.reference in apologies(asked)[0]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", ["stall", "drop", "broken"])
async def test_an_answer_that_was_lost_asks_the_person_to_ask_again(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis, kind: str
) -> None:
    asked = await ask(placeholder=False)
    teams.faults.script("send", kind)
    await until_done(asked, delivery, redis)
    assert (len(answers(asked)), len(apologies(asked))) == (0, 1)


@pytest.mark.usefixtures("quick")
async def test_not_being_sure_is_said_once_however_often_the_job_is_tried(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis
) -> None:
    asked = await ask(placeholder=False)
    teams.faults.script("send", "reset")
    await until_done(asked, delivery, redis)
    for _ in range(3):
        await delivery.finish(await taken_over(redis, asked.claim), ANSWER)
    assert (len(answers(asked)), len(apologies(asked))) == (1, 1)


@pytest.mark.usefixtures("quick")
async def test_an_outage_of_teams_does_not_end_in_silence(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis
) -> None:
    asked = await ask(placeholder=False)
    teams.faults.script("send", "broken", "stall", "drop", "broken", "drop")
    assert await until_done(asked, delivery, redis) == 6
    assert (len(answers(asked)), len(apologies(asked))) == (0, 1)


async def test_a_worker_killed_between_posting_and_noting_leaves_one_answer(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis, quick: None
) -> None:
    asked = await ask(placeholder=False)
    await delivery.finish(asked.claim, ANSWER)
    await asked.claim.clear("placeholder")  # as if killed before the id was stored
    await delivery.finish(await taken_over(redis, asked.claim), ANSWER)
    assert (len(answers(asked)), len(apologies(asked))) == (1, 1)


@pytest.mark.usefixtures("quick")
async def test_a_part_that_may_stand_there_is_not_posted_again(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.delivery.teams.SIZES", (10_000,))
    long = ANSWER.model_copy(update={"text": "낱말 " * 4_000})
    asked = await ask()
    teams.faults.script("send", "", "reset")
    with pytest.raises(Transient):
        await delivery.finish(asked.claim, long)
    before = len(asked.visible)
    for _ in range(2):
        await delivery.finish(await taken_over(redis, asked.claim), long)
    assert len(asked.visible) == before + 1 and len(apologies(asked)) == 1


async def test_a_worker_that_lost_its_lease_posts_nothing(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis
) -> None:
    asked = await ask(placeholder=False)
    await taken_over(redis, asked.claim)
    with pytest.raises(LeaseLost):
        await delivery.finish(asked.claim, ANSWER)
    assert asked.visible == []


@pytest.mark.usefixtures("quick")
async def test_a_frozen_worker_that_posts_after_its_successor_leaves_one_answer(
    delivery: TeamsDelivery, ask: Ask, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await ask(placeholder=False)
    send, frozen = delivery._connector.send, asyncio.Event()

    async def slow(*given: Any) -> str:
        await frozen.wait()
        return await send(*given)

    monkeypatch.setattr(delivery._connector, "send", slow)
    stale = asyncio.create_task(delivery.finish(asked.claim, ANSWER))
    await asyncio.sleep(0.1)
    monkeypatch.setattr(delivery._connector, "send", send)
    await delivery.finish(await taken_over(redis, asked.claim), ANSWER)
    frozen.set()
    with pytest.raises(LeaseLost):
        await stale
    assert (len(answers(asked)), len(apologies(asked))) == (1, 1)


async def test_a_cancelled_post_is_still_noted(
    delivery: TeamsDelivery, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await ask(placeholder=False)
    send, posted = delivery._connector.send, asyncio.Event()

    async def slow(*given: Any) -> str:
        sent = await send(*given)
        posted.set()
        await asyncio.sleep(0.2)  # the reply is still on its way
        return sent

    monkeypatch.setattr(delivery._connector, "send", slow)
    task = asyncio.create_task(delivery.finish(asked.claim, ANSWER))
    await posted.wait()
    task.cancel()
    await asyncio.sleep(0.5)
    [answer] = asked.visible
    assert await asked.claim.field("placeholder") == answer.id


async def test_forty_answers_through_a_bad_teams_are_each_seen_once_or_asked_for_again(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis, quick: None
) -> None:
    asked = [await ask(GENERAL, placeholder=number % 4 > 0) for number in range(40)]
    teams.faults.retry_after = 0.1  # type: ignore[assignment]
    teams.faults.chances = {"reset": 0.1, "drop": 0.1, "broken": 0.1, "limited": 0.05, "late": 0.05}
    await asyncio.gather(*(until_done(one, delivery, redis) for one in asked))
    for number, one in enumerate(asked):
        assert len(answers(one)) == 1 or (number % 4 == 0 and not answers(one))
        assert len(answers(one)) + len(apologies(one)) >= 1
        assert number % 4 == 0 or not apologies(one)
