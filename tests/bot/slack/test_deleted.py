"""Which deletions take a question back: those of a person's own message that asked something, and no other."""

import pytest

from core import keys
from core.ledger import Ledger
from core.messages import Withdraw
from tests.bot.slack.conftest import Bot
from tests.platforms.slack import payloads
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import BOT_ID, BOT_USER, TEAM

GENERAL, MINA, JOON = "C0GENERAL", "U0MINA", "U0JOON"


async def withdrawn(bot: Bot) -> list[Withdraw]:
    return [job for job in await bot.jobs() if isinstance(job, Withdraw)]


@pytest.mark.parametrize("replies", [0, 1], ids=["deleted", "tombstone"])
async def test_a_deleted_question_is_taken_back_once_however_often_slack_tells(
    slack: SlackStandIn, bot: Bot, replies: int
) -> None:
    sent = await slack.mention(MINA, GENERAL, "question")
    for _ in range(replies):
        slack.world.add(GENERAL, BOT_USER, "…", thread=sent.ts, bot=True)
    await slack.delete(GENERAL, sent.ts)
    message = next(one for one in slack.world.messages if one.ts == sent.ts)
    event = payloads.outer(payloads.changed("message_deleted", message, slack.world))
    assert event["event"]["subtype"] == ("message_changed" if replies else "message_deleted")
    for _ in range(3):
        await slack.sender.event(event)
    [wish] = await withdrawn(bot)
    assert (wish.takes_back, wish.asker.id, wish.at) == (sent.ts, MINA, float(sent.ts))
    assert wish.address.model_dump() == {"platform": "slack", "tenant": TEAM, "channel": GENERAL, "thread": sent.ts}
    assert wish.question == f"slack:{TEAM}:{GENERAL}:{sent.ts}"


async def test_a_deleted_direct_message_is_taken_back_where_it_was_asked(slack: SlackStandIn, bot: Bot) -> None:
    sent = await slack.dm(MINA, "question")
    await slack.delete(sent.channel, sent.ts)
    [wish] = await withdrawn(bot)
    assert (wish.address.channel, wish.address.thread, wish.asker.direct) == ("D0MINA", "", True)


async def test_a_question_whose_mention_was_edited_away_is_still_taken_back(slack: SlackStandIn, bot: Bot) -> None:
    sent = await slack.mention(MINA, GENERAL, "question")
    await slack.edit(sent, "never mind")
    await slack.delete(GENERAL, sent.ts)
    assert len(await withdrawn(bot)) == 1


async def test_a_deleted_follow_up_is_taken_back_in_its_thread(slack: SlackStandIn, bot: Bot) -> None:
    root = await slack.say(MINA, GENERAL, "hello")
    await bot.redis.set(keys.engaged(f"slack:{TEAM}:{GENERAL}:{root.ts}"), "1")
    sent = await slack.say(MINA, GENERAL, "and this?", thread=root.ts)
    await slack.delete(GENERAL, sent.ts)
    [wish] = await withdrawn(bot)
    assert (wish.address.thread, wish.takes_back) == (root.ts, sent.ts)


async def test_deleted_talk_among_people_is_nothing_to_us(slack: SlackStandIn, bot: Bot) -> None:
    sent = await slack.say(MINA, GENERAL, "lunch?")
    await slack.delete(GENERAL, sent.ts)
    assert await bot.jobs() == []


FOREIGN = [
    {"previous_message": None},
    {"previous_message": {"user": BOT_USER, "ts": "1.2", "text": f"<@{BOT_USER}>", "bot_id": BOT_ID}},
    {"previous_message": {"user": "USLACKBOT", "ts": "1.2", "text": f"<@{BOT_USER}>", "subtype": "tombstone"}},
    {"previous_message": {"ts": "1.2", "text": f"<@{BOT_USER}>"}},
    {"previous_message": "text"},
    {"subtype": "message_changed"},
    {"subtype": "message_changed", "message": {"subtype": "bot_message", "ts": "1.2"}},
]


@pytest.mark.parametrize("fields", FOREIGN, ids=str)
async def test_what_is_no_persons_deletion_takes_nothing_back(slack: SlackStandIn, bot: Bot, fields: dict) -> None:
    sent = await slack.mention(MINA, GENERAL, "question")
    message = next(one for one in slack.world.messages if one.ts == sent.ts)
    event = payloads.changed("message_deleted", message, slack.world) | fields
    await slack.sender.event(payloads.outer({name: value for name, value in event.items() if value is not None}))
    assert await withdrawn(bot) == []


async def test_a_deletion_elsewhere_of_a_message_with_the_same_ts_touches_nothing(
    slack: SlackStandIn, bot: Bot
) -> None:
    sent = await slack.mention(MINA, GENERAL, "question")
    slack.channel("C0OTHER", {JOON, BOT_USER})
    message = next(one for one in slack.world.messages if one.ts == sent.ts)
    event = payloads.changed("message_deleted", message, slack.world) | {"channel": "C0OTHER"}
    await slack.sender.event(payloads.outer(event))
    ledger = Ledger(bot.redis)
    for wish in await withdrawn(bot):
        assert await ledger.withdraw(wish.question, asker=wish.asker.id) == "unknown"
    assert "withdrawn" not in await ledger.state(f"slack:{TEAM}:{GENERAL}:{sent.ts}")
