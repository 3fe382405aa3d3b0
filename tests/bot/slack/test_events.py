"""Which messages become work, and that one message becomes one job."""

import asyncio

import pytest

from core import keys
from core.messages import Forget, Question
from tests.bot.slack.conftest import Bot
from tests.platforms.slack import payloads
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import BOT_ID, BOT_USER, TEAM

GENERAL, MINA = "C0GENERAL", "U0MINA"


async def test_a_mention_becomes_a_question_in_its_thread(slack: SlackStandIn, bot: Bot) -> None:
    sent = await slack.mention(MINA, GENERAL, "연차는 며칠인가요?")
    [job] = await bot.jobs()
    assert isinstance(job, Question)
    assert (job.text, job.language, job.message, job.at) == ("연차는 며칠인가요?", "ko", sent.ts, float(sent.ts))
    assert job.address.model_dump() == {"platform": "slack", "tenant": TEAM, "channel": GENERAL, "thread": sent.ts}
    assert (job.asker.id, job.asker.direct) == (MINA, False)


async def test_a_direct_message_is_answered_in_the_conversation_itself(slack: SlackStandIn, bot: Bot) -> None:
    await slack.dm(MINA, "How many days?")
    [job] = await bot.jobs()
    assert (job.address.channel, job.address.thread, job.asker.direct, job.language) == ("D0MINA", "", True, "en")


async def test_a_thread_in_a_direct_conversation_stays_one(slack: SlackStandIn, bot: Bot) -> None:
    first = await slack.dm(MINA, "one")
    await slack.dm(MINA, "two", thread=first.ts)
    assert [job.address.thread for job in await bot.jobs()] == ["", first.ts]


async def test_twins_retries_and_replays_give_one_job(slack: SlackStandIn, bot: Bot) -> None:
    sent = await slack.mention(MINA, GENERAL, "question", times=4)
    await slack.redeliver(sent, kinds=("app_mention", "message"), times=50)
    assert len(await bot.jobs()) == 1
    assert set(sent.statuses) == {200}


async def test_one_gesture_under_two_timestamps_gives_one_job(slack: SlackStandIn, bot: Bot) -> None:
    sent = await slack.dm(MINA, "question")
    await slack.redeliver(sent, ts="1700000000.000100", client_msg_id=f"gesture-{sent.channel}-{sent.ts}")
    assert len(await bot.jobs()) == 1


async def test_a_thread_that_daedap_answered_in_goes_on_without_a_mention(slack: SlackStandIn, bot: Bot) -> None:
    root = await slack.say(MINA, GENERAL, "hello everybody")
    await slack.say(MINA, GENERAL, "and what about that?", thread=root.ts)
    assert await bot.jobs() == []
    await bot.redis.set(keys.engaged(f"slack:{TEAM}:{GENERAL}:{root.ts}"), "1")
    await slack.say(MINA, GENERAL, "and what about this?", thread=root.ts)
    await slack.say(MINA, GENERAL, "<@U0JOON> what do you think?", thread=root.ts)
    assert [(job.text, job.address.thread) for job in await bot.jobs()] == [("and what about this?", root.ts)]


async def test_the_same_thread_in_another_channel_is_another_conversation(slack: SlackStandIn, bot: Bot) -> None:
    root = await slack.say(MINA, GENERAL, "hello")
    slack.channel("C0OTHER", {MINA, BOT_USER})
    await bot.redis.set(keys.engaged(f"slack:{TEAM}:{GENERAL}:{root.ts}"), "1")
    await slack.say(MINA, "C0OTHER", "hello", thread=root.ts)
    assert await bot.jobs() == []


@pytest.mark.parametrize("text", ["forget", "Forget.", "잊어줘", "잊어"])
async def test_forget_in_a_thread_is_a_wish_to_forget_it(slack: SlackStandIn, bot: Bot, text: str) -> None:
    root = await slack.say(MINA, GENERAL, "hello")
    await slack.mention(MINA, GENERAL, text, thread=root.ts)
    [job] = await bot.jobs()
    assert isinstance(job, Forget)
    assert (job.address.thread, job.whole_channel) == (root.ts, False)


HIDDEN = [
    {"bot_id": "B0OTHER"},
    {"bot_id": BOT_ID, "user": BOT_USER},
    {"user": BOT_USER},
    {"user": None},
    {"user": "USLACKBOT"},
    *(
        {"subtype": name}
        for name in ("bot_message", "message_changed", "message_deleted", "channel_join", "channel_topic", "me_message")
    ),
]


@pytest.mark.parametrize("fields", HIDDEN, ids=str)
async def test_bots_and_hidden_messages_never_cause_an_answer(slack: SlackStandIn, bot: Bot, fields: dict) -> None:
    sent = await slack.dm(MINA, "question", fields=fields)
    assert (sent.statuses, await bot.jobs()) == ([200], [])


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast"])
async def test_words_with_a_file_or_sent_to_the_channel_too_are_heard(
    slack: SlackStandIn, bot: Bot, subtype: str
) -> None:
    await slack.dm(MINA, "question", fields={"subtype": subtype})
    assert len(await bot.jobs()) == 1


async def test_an_edit_never_causes_a_second_answer(slack: SlackStandIn, bot: Bot) -> None:
    sent = await slack.mention(MINA, GENERAL, "question")
    await slack.edit(sent, f"<@{BOT_USER}> another question")
    await slack.redeliver(sent, kinds=("app_mention",), edited={"user": MINA, "ts": sent.ts})
    assert [job.text for job in await bot.jobs()] == ["question"]


async def test_an_edit_of_a_message_from_last_week_is_not_answered_anew(slack: SlackStandIn, bot: Bot) -> None:
    sent = await slack.say(MINA, GENERAL, "x")
    await slack.redeliver(sent, kinds=("app_mention",), ts="1700000000.000100", edited={"user": MINA, "ts": sent.ts})
    assert await bot.jobs() == []


WORDS = {
    "": "",
    "  ": "",
    f"<@{BOT_USER}>" * 1000: "",
    "🙂🙂": "🙂🙂",
    "a\u202eb\x00c": "ab c",
    "ask <@U0JOON|joon> in <#C0GENERAL|general>": "ask @joon in #general",
    "read <https://wiki.example/a?b=1&amp;c=2|the page> &amp; <https://x.example>": "read the page & https://x.example",
    "&lt;!channel&gt; <!here> <!subteam^S1|@team> <!date^1^{date}|today>": "<!channel> @team today",
    "mail <mailto:a@b.example|a@b.example>": "mail a@b.example",
}


@pytest.mark.parametrize(("text", "expected"), WORDS.items())
async def test_slacks_markup_becomes_plain_words(slack: SlackStandIn, bot: Bot, text: str, expected: str) -> None:
    await slack.mention(MINA, GENERAL, text)
    [job] = await bot.jobs()
    assert job.text == expected


async def test_a_question_of_forty_thousand_letters_is_bounded(slack: SlackStandIn, bot: Bot) -> None:
    await slack.dm(MINA, "가" * 40_000)
    [job] = await bot.jobs()
    assert len(job.text) == 4001  # one more than the limit, so that the worker can say it is too long


async def test_an_event_nobody_listens_to_is_acknowledged(slack: SlackStandIn, bot: Bot) -> None:
    sent = await slack.say(MINA, GENERAL, "x")
    for kind in ("app_home_opened", "reaction_added", "tokens_revoked", "member_joined_channel"):
        await slack.redeliver(sent, kinds=(kind,))
    assert set(sent.statuses) == {200}


async def test_an_event_of_another_workspace_is_ignored(slack: SlackStandIn, bot: Bot) -> None:
    event = payloads.said("app_mention", slack.world.add(GENERAL, MINA, "question"), slack.world)
    body = payloads.outer(event, team_id="T0OTHER", authorizations=[{"team_id": "T0OTHER"}])
    replies = await slack.sender.event(body)
    assert ([reply.status for reply in replies], await bot.jobs()) == ([200], [])


async def test_ten_rounds_against_another_bot_give_no_answer(slack: SlackStandIn, bot: Bot) -> None:
    for _ in range(10):
        await slack.mention("U0OTHERBOT", GENERAL, "hello there", fields={"bot_id": "B0OTHER"})
    assert await bot.jobs() == []


async def test_acknowledgements_take_milliseconds(slack: SlackStandIn, bot: Bot) -> None:
    await slack.dm(MINA, "warm up")
    sent = await asyncio.gather(*(slack.dm(MINA, f"question {n}") for n in range(50)))
    seconds = sorted(attempt.seconds for one in sent for attempts in one.replies for attempt in attempts)
    assert len(await bot.jobs()) == 51
    assert seconds[-1] < 2.5
