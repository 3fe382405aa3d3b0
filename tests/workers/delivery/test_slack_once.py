"""A message is posted once, whatever happens to replies, workers and leases."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from core.errors import LeaseLost, Transient
from core.ledger import Claim, Ledger
from core.settings import Settings
from tests.platforms.slack.standin import SlackStandIn
from tests.workers.delivery.conftest import ANSWER, Ask
from workers.delivery.slack import SlackDelivery

GENERAL = "C0GENERAL"


async def taken_over(redis: Redis, claim: Claim) -> Claim:
    """The same job, claimed by another worker after the lease was lost."""
    await redis.hset(claim._key, "lease", "0")
    successor = await Ledger(redis).claim(claim.job)
    assert successor is not None
    return successor


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("channel", [GENERAL, "D0MINA"])
@pytest.mark.parametrize("kind", ["reset", "hang"])
async def test_a_post_whose_reply_was_lost_is_found_and_adopted(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, redis: Redis, channel: str, kind: str
) -> None:
    slack.world.direct("U0MINA")
    claim = await ask(channel)
    slack.faults.script("chat.postMessage", kind)
    with pytest.raises(Transient):
        await delivery.begin(claim)
    successor = await taken_over(redis, claim)
    await delivery.begin(successor)
    await delivery.finish(successor, ANSWER)
    [answer] = slack.visible(channel, claim.work.address.thread)
    assert answer.blocks


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", ["drop", "broken"])
async def test_a_post_that_never_happened_is_made_by_the_successor(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, redis: Redis, kind: str
) -> None:
    claim = await ask()
    slack.faults.script("chat.postMessage", kind)
    with pytest.raises(Transient):
        await delivery.begin(claim)
    successor = await taken_over(redis, claim)
    await delivery.begin(successor)
    assert len(slack.visible(GENERAL, claim.work.address.thread)) == 1


@pytest.mark.usefixtures("quick")
async def test_a_worker_killed_between_posting_and_noting_leaves_no_second_placeholder(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, redis: Redis
) -> None:
    claim = await ask()
    await delivery.begin(claim)
    await claim.clear("placeholder")  # as if killed before the ts was stored
    successor = await taken_over(redis, claim)
    await delivery.begin(successor)
    await delivery.finish(successor, ANSWER)
    assert len(slack.visible(GENERAL, claim.work.address.thread)) == 1


@pytest.mark.usefixtures("quick")
async def test_of_several_left_behind_the_oldest_stays(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, redis: Redis
) -> None:
    claim = await ask()
    await delivery.begin(claim)
    thread = claim.work.address.thread
    [first] = slack.visible(GENERAL, thread)
    slack.methods.call("chat.postMessage", "xoxb-stand-in", first.arguments)
    await claim.clear("placeholder")
    await delivery.begin(await taken_over(redis, claim))
    assert [message.ts for message in slack.visible(GENERAL, thread)] == [first.ts]


@pytest.mark.usefixtures("quick")
async def test_messages_that_only_look_like_ours_are_not_adopted(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, redis: Redis
) -> None:
    claim = await ask()
    thread = claim.work.address.thread
    metadata = {"event_type": "daedap_job", "event_payload": {"job": claim.job, "part": ""}}
    slack.world.add(GENERAL, "U0OTHERBOT", "mine", thread=thread, metadata=metadata)
    await claim.put(intent="1.0")
    await delivery.begin(claim)
    assert len(slack.visible(GENERAL, thread)) == 1


async def test_a_worker_that_lost_its_lease_posts_nothing(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, redis: Redis
) -> None:
    claim = await ask()
    await taken_over(redis, claim)
    with pytest.raises(LeaseLost):
        await delivery.begin(claim)
    assert slack.visible(GENERAL, claim.work.address.thread) == []


async def test_a_frozen_worker_that_posts_after_its_successor_takes_its_message_back(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, redis: Redis, slack_settings: Settings
) -> None:
    claim, other = await ask(), SlackDelivery(slack_settings, redis)
    call = delivery._client.call
    frozen = asyncio.Event()

    async def slow(method: str, **given: Any) -> dict:
        if method == "chat.postMessage":
            await frozen.wait()
        return await call(method, **given)

    delivery._client.call = slow  # type: ignore[method-assign]
    stale = asyncio.create_task(delivery.begin(claim))
    await asyncio.sleep(0.1)
    await claim.put(intent="1.0")  # its intent was long ago
    successor = await taken_over(redis, claim)
    await other.begin(successor)
    await other.close()
    frozen.set()
    with pytest.raises(LeaseLost):
        await stale
    [placeholder] = slack.visible(GENERAL, claim.work.address.thread)
    assert placeholder.ts == await successor.field("placeholder")


async def test_a_cancelled_post_is_still_noted(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await ask()
    call = delivery._client.call
    posted = asyncio.Event()

    async def slow(method: str, **given: Any) -> dict:
        reply = await call(method, **given)
        posted.set()
        await asyncio.sleep(0.2)  # the reply is still on its way
        return reply

    monkeypatch.setattr(delivery._client, "call", slow)
    task = asyncio.create_task(delivery.begin(claim))
    await posted.wait()
    task.cancel()
    await asyncio.sleep(0.5)
    [placeholder] = slack.visible(GENERAL, claim.work.address.thread)
    assert await claim.field("placeholder") == placeholder.ts


@pytest.mark.usefixtures("quick")
async def test_an_update_whose_reply_was_lost_is_sent_again(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask()
    await delivery.begin(claim)
    slack.faults.script("chat.update", "reset", "broken")
    for _ in range(2):
        with pytest.raises(Transient):
            await delivery.finish(claim, ANSWER)
    await delivery.finish(claim, ANSWER)
    [answer] = slack.visible(GENERAL, claim.work.address.thread)
    assert answer.blocks


@pytest.mark.usefixtures("quick")
async def test_forty_answers_through_a_bad_slack_are_each_seen_once(
    slack: SlackStandIn, slack_settings: Settings, ask: Ask, redis: Redis
) -> None:
    slack.faults.chances = {"reset": 0.15, "drop": 0.1, "broken": 0.1}
    claims = [await ask() for _ in range(40)]

    async def deliver(claim: Claim) -> None:
        delivery = SlackDelivery(slack_settings, redis)
        while True:
            try:
                await delivery.begin(claim)
                await delivery.finish(claim, ANSWER)
                break
            except Transient:
                claim = await taken_over(redis, claim)
        await delivery.close()

    await asyncio.gather(*map(deliver, claims))
    for claim in claims:
        [answer] = slack.visible(GENERAL, claim.work.address.thread)
        assert answer.blocks
