"""Which messages become work, and that one message becomes one job."""

import asyncio
import json
from typing import Any

import pytest

from bot.intake import Intake
from core import keys
from core.ledger import Limit
from core.messages import Forget, Question, Withdraw
from core.texts import say
from tests.bot.teams.conftest import Bot
from tests.conftest import RedisServer
from tests.platforms.teams import payloads
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import APP_ID, BOT, GENERAL, GROUP, TENANT, account, person

JOON = {"type": "mention", "mentioned": {"id": "29:1joon", "name": "Joon"}, "text": "<at>Joon</at>"}


async def test_a_mention_in_a_channel_becomes_a_question_in_its_thread(teams: TeamsStandIn, bot: Bot) -> None:
    sent = await teams.mention("mina", GENERAL, "연차는 며칠인가요?")
    [job] = await bot.jobs()
    assert isinstance(job, Question)
    assert (job.text, job.language, job.message) == ("연차는 며칠인가요?", "ko", sent.id)
    assert job.address.model_dump() == {"platform": "teams", "tenant": TENANT, "channel": GENERAL, "thread": sent.id}
    assert (job.asker.id, job.asker.direct) == (person("mina"), False)
    assert abs(job.at - int(sent.id) / 1000) < 1
    assert sent.statuses == [200]


async def test_a_reply_in_a_thread_stays_in_it(teams: TeamsStandIn, bot: Bot) -> None:
    first = await teams.mention("mina", GENERAL, "one")
    second = await teams.mention("joon", GENERAL, "two", thread=first.id)
    threads = {job.message: job.address.thread for job in await bot.jobs()}
    assert threads == {first.id: first.id, second.id: first.id}


async def test_a_personal_chat_is_one_conversation_that_nobody_else_reads(teams: TeamsStandIn, bot: Bot) -> None:
    await teams.personal("mina", "How many days?")
    [job] = await bot.jobs()
    assert (job.address.channel, job.address.thread, job.asker.direct, job.language) == ("a:1mina", "", True, "en")


async def test_a_group_chat_is_heard_where_daedap_is_named(teams: TeamsStandIn, bot: Bot) -> None:
    await teams.say("mina", GROUP, "hello everybody")
    await teams.mention("mina", GROUP, "How many days?")
    [job] = await bot.jobs()
    assert (job.text, job.address.channel, job.address.thread, job.asker.direct) == ("How many days?", GROUP, "", False)


async def test_what_cannot_be_a_personal_chat_is_never_taken_for_one(teams: TeamsStandIn, bot: Bot) -> None:
    for kind in (None, "channel", "groupChat", "Personal", "something new"):
        place = {"id": "19:x@thread.v2", "tenantId": TENANT, "conversationType": kind}
        fields = {"conversation": {name: value for name, value in place.items() if value}}
        await teams.mention("mina", GROUP, "question", fields=fields)
    assert [job.asker.direct for job in await bot.jobs()] == [False] * 5


async def test_the_same_activity_four_times_gives_one_job_and_one_placeholder(teams: TeamsStandIn, bot: Bot) -> None:
    sent = await teams.mention("mina", GENERAL, "question", times=4)
    await teams.redeliver(sent, times=20)
    assert len(await bot.records()) == 1
    assert len(teams.visible(GENERAL)) == 1
    assert set(sent.statuses) == {200}


async def test_the_same_message_id_in_another_conversation_is_another_job(teams: TeamsStandIn, bot: Bot) -> None:
    sent = await teams.mention("mina", GENERAL, "question")
    await teams.mention("mina", GROUP, "question", fields={"id": sent.id})
    assert len(await bot.records()) == 2


async def test_the_record_keeps_where_to_answer(teams: TeamsStandIn, bot: Bot) -> None:
    sent = await teams.mention("mina", GENERAL, "question")
    [record] = await bot.records()
    assert json.loads(record["reference"]) == teams.reference(sent)


async def test_a_thread_that_daedap_answered_in_goes_on_without_a_mention(teams: TeamsStandIn, bot: Bot) -> None:
    root = await teams.say("mina", GENERAL, "hello everybody")
    await teams.say("mina", GENERAL, "and what about that?", thread=root.id)
    assert await bot.records() == []
    await bot.redis.set(keys.engaged(f"teams:{TENANT}:{GENERAL}:{root.id}"), "1")
    await teams.redeliver(root)  # the root itself is no reply
    await teams.say("mina", GENERAL, "and what about this?", thread=root.id)
    named = {"entities": [JOON], "text": "<at>Joon</at> what do you think?"}
    await teams.say("mina", GENERAL, "", thread=root.id, fields=named)
    await teams.say("mina", GENERAL, "", thread=root.id)
    assert [(job.text, job.address.thread) for job in await bot.jobs()] == [("and what about this?", root.id)]


async def test_a_redis_that_is_away_is_not_told_to_who_did_not_speak_to_us(
    teams: TeamsStandIn, bot: Bot, redis_server: RedisServer
) -> None:
    root = await teams.say("mina", GENERAL, "hello everybody")
    redis_server.stop()
    try:
        sent = await teams.say("mina", GENERAL, "and what about that?", thread=root.id)
    finally:
        redis_server.start()
    assert (sent.statuses, teams.service.calls) == ([503], [])


async def test_a_group_chat_never_goes_on_without_a_mention(teams: TeamsStandIn, bot: Bot) -> None:
    await bot.redis.set(keys.engaged(f"teams:{TENANT}:{GROUP}:"), "1")
    await teams.say("mina", GROUP, "and what about this?")
    assert await bot.records() == []


async def test_a_command_in_a_thread_that_goes_on_is_no_command(teams: TeamsStandIn, bot: Bot) -> None:
    root = await teams.say("mina", GENERAL, "hello everybody")
    await bot.redis.set(keys.engaged(f"teams:{TENANT}:{GENERAL}:{root.id}"), "1")
    await teams.say("mina", GENERAL, "forget", thread=root.id)
    assert [type(job) for job in await bot.jobs()] == [Question]


WORDS = {
    "<at>Daedap</at> question": "question",
    "<at>Daedap</at>&nbsp;question": "question",
    "<at>Daedap</at>\xa0question\r\n": "question",
    "question <at>Daedap</at>?": "question ?",
    '<at id="0">Daedap</at> question': "question",
    "<AT>Daedap</AT> question": "question",
    "<at>Daedap</at> Q&amp;A &lt;b&gt; &quot;x&quot; it&#39;s": 'Q&A <b> "x" it\'s',
    "<at>Daedap</at> a &amp;lt; b": "a &lt; b",
    "<at>Daedap</at> x < y and y > z": "x < y and y > z",
    "<at>Daedap</at> a\u202eb\x00c \U000e0041": "ab c",
    "<at>Daedap</at> <at>Somebody</at> hello": "Somebody hello",
    "<at>Daedap</at> 🙂🙂": "🙂🙂",
    '<quoted messageId="1772050244572"/> <at>Daedap</at> and this?': "and this?",
    '<attachment id="1772050244572"></attachment>\n<at>Daedap</at> and this?': "and this?",
}


@pytest.mark.parametrize(("text", "expected"), WORDS.items(), ids=WORDS)
async def test_teams_markup_becomes_plain_words(teams: TeamsStandIn, bot: Bot, text: str, expected: str) -> None:
    await teams.mention("mina", GENERAL, "", fields={"text": text})
    [job] = await bot.jobs()
    assert job.text == expected


async def test_other_people_stay_as_words_even_when_they_bear_our_name(teams: TeamsStandIn, bot: Bot) -> None:
    other = {"type": "mention", "mentioned": {"id": "29:1x", "name": "Daedap"}, "text": "<at>Daedap</at>"}
    text = "<at>Joon</at> asked <at>Daedap</at> about <at>Daedap</at>"
    await teams.mention("mina", GENERAL, "", fields={"text": text, "entities": [JOON, payloads.AT, other]})
    [job] = await bot.jobs()
    assert job.text == "@Joon asked about @Daedap"


async def test_html_becomes_words_where_teams_says_that_it_is_html(teams: TeamsStandIn, bot: Bot) -> None:
    text = "<p><at>Daedap</at> how <b>many</b></p><ul><li>days?</li></ul>"
    await teams.mention("mina", GENERAL, "", fields={"text": text, "textFormat": "xml"})
    [job] = await bot.jobs()
    assert " ".join(job.text.split()) == "how many days?"


async def test_a_thousand_mentions_are_no_trouble(teams: TeamsStandIn, bot: Bot) -> None:
    fields = {"text": "<at>Daedap</at>" * 1000 + "question", "entities": [payloads.AT] * 1000}
    sent = await teams.mention("mina", GENERAL, "", fields=fields)
    [job] = await bot.jobs()
    assert (job.text, sent.replies[0].seconds < 1) == ("question", True)


async def test_unclosed_mentions_take_no_quadratic_time(teams: TeamsStandIn, bot: Bot) -> None:
    for text in ("<at>" * 40_000, "<at " * 40_000, "&#" * 40_000, "<" * 100_000):
        sent = await teams.mention("mina", GENERAL, "", fields={"text": f"<at>Daedap</at> x {text}"})
        assert sent.statuses == [200] and sent.replies[0].seconds < 1.5


async def test_a_question_of_forty_thousand_letters_is_bounded(teams: TeamsStandIn, bot: Bot) -> None:
    await teams.personal("mina", "가" * 40_000)
    [job] = await bot.jobs()
    assert len(job.text) == 4001  # one more than the limit, so that the worker can say it is too long


async def test_a_file_with_words_is_answered_by_the_words(teams: TeamsStandIn, bot: Bot) -> None:
    await teams.personal("mina", "what is this?", fields={"attachments": [payloads.file()]})
    assert [job.text for job in await bot.jobs()] == ["what is this?"]


async def test_a_person_without_an_entra_id_is_known_by_teams_id(teams: TeamsStandIn, bot: Bot) -> None:
    guest = {"id": "29:1guest", "name": "Guest"}
    await teams.personal("guest", "question", fields={"from": guest})
    await teams.personal("guest", "question", fields={"from": guest | {"aadObjectId": ""}, "replyToId": ""})
    assert [job.asker.id for job in await bot.jobs()] == ["29:1guest"] * 2


OURS_TO_IGNORE: list[dict[str, Any]] = [
    {"from": BOT},
    {"from": {"id": "28:another-bot", "name": "Other"}},
    {"from": account("x") | {"role": "bot"}},
    {"from": {"id": "bot-id", "name": "Bot"}, "recipient": {"id": "bot-id", "name": "Bot"}},
    {"type": "messageReaction", "reactionsAdded": [{"type": "like"}]},
    {"type": "messageUpdate", "channelData": {"eventType": "editMessage"}},
    {"type": "messageDelete", "channelData": {"eventType": "softDeleteMessage"}},
    {"type": "typing"},
    {"type": "event", "name": "application/vnd.microsoft.readReceipt"},
    {"type": "endOfConversation"},
    {"type": "something new"},
    {"text": None, "value": {"action": "submit"}},
]


@pytest.mark.parametrize("fields", OURS_TO_IGNORE, ids=str)
async def test_bots_edits_and_reactions_never_cause_an_answer(
    teams: TeamsStandIn, bot: Bot, fields: dict[str, Any]
) -> None:
    for place in (GENERAL, teams.world.personal("mina").id):
        sent = await teams.mention("mina", place, "question", fields=fields)
        assert sent.statuses == [200]
    assert (await bot.records(), teams.service.calls) == ([], [])


async def test_ten_rounds_against_another_bot_give_no_answer(teams: TeamsStandIn, bot: Bot) -> None:
    for _ in range(10):
        await teams.mention("x", GENERAL, "hello there", fields={"from": {"id": f"28:{APP_ID[::-1]}", "name": "Bot"}})
    assert (await bot.records(), teams.service.calls) == ([], [])


async def test_a_question_that_is_deleted_is_taken_back_once(teams: TeamsStandIn, bot: Bot) -> None:
    sent = await teams.mention("mina", GENERAL, "question")
    gone = teams.event("messageDelete", "mina", GENERAL, root=sent.root) | {"id": sent.id}
    assert {(await teams.deliver(gone)).status for _ in range(3)} == {200}
    [wish] = [job for job in await bot.jobs() if isinstance(job, Withdraw)]
    assert (wish.question, wish.asker.id, wish.address.thread) == (
        f"teams:{TENANT}:{GENERAL}:{sent.id}",
        person("mina"),
        sent.root,
    )


async def test_a_message_that_asked_nothing_is_deleted_without_a_word(teams: TeamsStandIn, bot: Bot) -> None:
    sent = await teams.say("mina", GENERAL, "hello")
    assert (await teams.deliver(teams.event("messageDelete", "mina", GENERAL) | {"id": sent.id})).status == 200
    assert await bot.records() == []


@pytest.mark.parametrize("where", ["conversation", "channelData", "person"])
async def test_what_comes_from_another_tenant_is_not_answered(teams: TeamsStandIn, bot: Bot, where: str) -> None:
    foreign = {"id": "a:1eve", "conversationType": "personal"}
    fields: dict[str, Any] = {"conversation": foreign | {"tenantId": "another"}}
    if where == "channelData":
        fields = {"conversation": foreign, "channelData": {"tenant": {"id": "another"}}}
    if where == "person":  # somebody of another company in a chat of ours
        fields = {"channelData": {"tenant": {"id": "another"}}}
    sent = await teams.personal("eve", "question", fields=fields)
    assert (sent.statuses, await bot.records(), await bot.records("another"), teams.service.calls) == (
        [200],
        [],
        [],
        [],
    )


async def test_forget_is_a_wish_that_workers_fulfil(teams: TeamsStandIn, bot: Bot) -> None:
    root = await teams.say("mina", GENERAL, "hello")
    sent = await teams.mention("mina", GENERAL, "forget", thread=root.id, times=3)
    [record] = await bot.records()
    assert "reference" in record and teams.service.calls == []
    [job] = await bot.jobs()
    assert isinstance(job, Forget)
    assert (job.address.thread, job.whole_channel, set(sent.statuses)) == (root.id, False, {200})


async def test_who_floods_is_told_once_without_a_placeholder(
    teams: TeamsStandIn, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Intake, "_limits", lambda _self, work: (Limit(keys.limit(TENANT, work.person), 3),))
    for n in range(8):
        await teams.personal("mina", f"question {n}")
    records = await bot.records()
    limited = [record for record in records if "limited" in record]
    assert (len(records), len(limited), len(teams.visible("a:1mina"))) == (4, 1, 3)
    assert "reference" in limited[0] and "placeholder" not in limited[0]


async def test_acknowledgements_take_milliseconds(teams: TeamsStandIn, bot: Bot) -> None:
    await teams.personal("mina", "warm up")
    sent = await asyncio.gather(*(teams.personal(f"p{n}", f"question {n}") for n in range(20)))
    assert max(reply.seconds for one in sent for reply in one.replies) < 2.5
    assert len(await bot.records()) == 21
    assert all(message.text == say("thinking", "en") for message in teams.world.messages if message.bot)
