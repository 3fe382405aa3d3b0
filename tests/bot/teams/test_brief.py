"""What the bot answers itself: help, commands, greetings; each once, however often Teams delivers."""

from typing import Any

import pytest

from bot.teams.spoken import Spoken, command
from core import keys, reindexing
from core.messages import Question, Reindex
from core.texts import say
from tests.bot.teams.conftest import Bot
from tests.platforms.teams import payloads
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import BOT, GENERAL, GROUP, TENANT, person

GRAMMAR: dict[str, Spoken | None] = {
    "help": Spoken("help"),
    "Help!": Spoken("help"),
    "/help": Spoken("help"),
    "도움말": Spoken("help"),
    "status": Spoken("status"),
    "forget": Spoken("forget"),
    "잊어줘": Spoken("forget"),
    "reindex": Spoken("reindex"),
    "/reindex": Spoken("reindex"),
    "Reindex status": Spoken("reindex", ("status",)),
    "reindex start": Spoken("reindex", ("start",)),
    "reindex cancel": Spoken("reindex", ("cancel",)),
    "reindex samples": Spoken("reindex", ("samples",)),
    "reindex start samples": Spoken("reindex", ("start", "samples")),
    "reindex start nowhere": Spoken("reindex", ("start", "nowhere")),
    "reindex --rebuild": Spoken("reindex", (), rebuild=True),
    "reindex samples —rebuild": Spoken("reindex", ("samples",), rebuild=True),
    "reindex status --rebuild": Spoken("reindex", ("status",), rebuild=True),
    "reindex why?": None,
    "reindex schedule": None,
    "reindex status of yesterday": None,
    "reindex how does it work": None,
    "reindexing": None,
    "help me choose a laptop": None,
    "status of my leave request": None,
    "forget about it, how many days?": None,
    "reindex ; rm -rf /": None,
    "reindex $(reboot)": None,
    "reindex ../../etc": None,
    "reindex " + "x" * 40_000: None,
    "reindex \u202esamples": None,
    "": None,
}


@pytest.mark.parametrize(("text", "expected"), GRAMMAR.items(), ids=[text[:40] for text in GRAMMAR])
def test_a_question_that_begins_like_a_command_is_a_question(text: str, expected: Spoken | None) -> None:
    assert command(text, {"samples": {}}) == expected


@pytest.mark.parametrize("text", ["", "   ", "&nbsp;", "help", "도움말"])
async def test_help_and_an_empty_mention_say_what_daedap_can_do(teams: TeamsStandIn, bot: Bot, text: str) -> None:
    sent = await teams.mention("mina", GENERAL, text, times=4)
    assert [message.text for message in teams.visible(GENERAL, sent.root)] == [say("teams_help", "ko")]
    assert (await bot.records(), set(sent.statuses)) == ([], {200})


@pytest.mark.parametrize(("locale", "language"), [("en-US", "en"), ("ko-KR", "ko"), ("fr-FR", "ko"), (None, "ko")])
async def test_help_comes_in_the_language_of_the_persons_teams(
    teams: TeamsStandIn, bot: Bot, locale: str | None, language: str
) -> None:
    await teams.personal("mina", "help", fields={"locale": locale})
    assert [message.text for message in teams.visible("a:1mina")] == [say("teams_help", language)]


async def test_a_file_without_words_gets_a_short_sentence(teams: TeamsStandIn, bot: Bot) -> None:
    await teams.personal("mina", "", fields={"attachments": [payloads.file()]}, times=3)
    assert [message.text for message in teams.visible("a:1mina")] == [say("teams_attachment", "ko")]


async def test_status_says_how_it_goes(teams: TeamsStandIn, bot: Bot) -> None:
    await teams.personal("joon", "status")
    assert [message.text for message in teams.visible("a:1joon")] == [say("status_no_workers", "ko", waiting=0)]


async def test_reindex_is_for_administrators_by_their_entra_id(teams: TeamsStandIn, bot: Bot) -> None:
    for fields in ({}, {"from": {"id": "29:1joon", "name": "Mina", "aadObjectId": person("joon")}}):
        await teams.personal("joon", "reindex", fields=fields)
    foreign = {"from": {"id": f"29:1{person('mina')}", "name": "Mina"}}
    await teams.personal("joon", "reindex", fields=foreign)
    refusal = say("command_not_allowed", "ko", admins=f"`{person('mina')}`")
    assert [message.text for message in teams.visible("a:1joon")] == [refusal] * 3
    assert await bot.records() == []


async def test_reindex_by_an_administrator_is_one_job_that_answers_by_itself(teams: TeamsStandIn, bot: Bot) -> None:
    sent = await teams.mention("mina", GENERAL, "reindex start samples", times=4)
    [record] = await bot.records()
    assert "reference" in record and teams.service.calls == []
    [job] = await bot.jobs()
    assert isinstance(job, Reindex)
    assert (job.source, job.rebuild, job.address.thread, job.asker.id) == ("samples", False, sent.root, person("mina"))


async def test_reindex_with_wrong_words_is_explained(teams: TeamsStandIn, bot: Bot) -> None:
    await teams.personal("mina", "reindex start nowhere")
    await teams.personal("mina", "reindex status --rebuild")
    bad = say("reindex_bad_source", "ko", source="nowhere", sources="samples")
    assert [message.text for message in teams.visible("a:1mina")] == [bad, say("reindex_usage", "ko")]


async def test_reindex_status_and_cancel_answer_at_once(teams: TeamsStandIn, bot: Bot) -> None:
    await teams.personal("mina", "reindex status")
    await teams.personal("mina", "reindex cancel")
    assert [message.text for message in teams.visible("a:1mina")] == [say("reindex_never", "ko")] * 2
    assert not (await reindexing.status(bot.redis)).running


async def test_what_only_looks_like_a_command_is_asked(teams: TeamsStandIn, bot: Bot) -> None:
    await teams.mention("joon", GENERAL, "reindex schedule, when is it?")
    assert [type(job) for job in await bot.jobs()] == [Question]


@pytest.mark.parametrize(
    ("fault", "calls", "seen"),
    [("limited", 2, 1), ("broken", 1, 0), ("late", 1, 1), ("error:BotDisabledByAdmin:403", 1, 0)],
)
async def test_a_reply_that_fails_is_not_said_twice(
    teams: TeamsStandIn, bot: Bot, fault: str, calls: int, seen: int
) -> None:
    teams.faults.script("send", fault)
    sent = await teams.personal("mina", "help", times=2)
    assert (len(teams.service.calls), len(teams.visible("a:1mina")), set(sent.statuses)) == (calls, seen, {200})


def installed(teams: TeamsStandIn, place: str, kind: str) -> dict[str, Any]:
    event = teams.event(kind, "mina", place)
    return event | ({"action": "add"} if kind == "installationUpdate" else {"membersAdded": [BOT]})


@pytest.mark.parametrize("place", [GENERAL, GROUP, "a:1mina"])
async def test_a_greeting_comes_once_where_daedap_was_added(teams: TeamsStandIn, bot: Bot, place: str) -> None:
    teams.world.personal("mina")
    for _ in range(2):
        for kind in ("installationUpdate", "conversationUpdate"):
            assert (await teams.deliver(installed(teams, place, kind))).status == 200
    [message] = teams.visible(place)
    assert message.text == f"{say('greeting', 'ko')}\n\n{say('teams_help', 'ko')}"
    assert "replyToId" not in message.activity


GOINGS: list[tuple[str, dict[str, Any]]] = [
    ("conversationUpdate", {"membersAdded": [{"id": "29:1joon"}]}),
    ("conversationUpdate", {"membersRemoved": [BOT]}),
    ("conversationUpdate", {"membersAdded": ["x", None, 7]}),
    ("conversationUpdate", {}),
    ("installationUpdate", {"action": "remove"}),
    ("installationUpdate", {"action": "add-upgrade"}),
    ("installationUpdate", {}),
]


@pytest.mark.parametrize(("kind", "fields"), GOINGS, ids=str)
async def test_other_comings_and_goings_are_nothing_to_us(
    teams: TeamsStandIn, bot: Bot, kind: str, fields: dict[str, Any]
) -> None:
    assert (await teams.deliver(teams.event(kind, "mina", GENERAL) | fields)).status == 200
    assert teams.service.calls == []


async def test_the_replied_mark_keeps_its_time(teams: TeamsStandIn, bot: Bot) -> None:
    sent = await teams.personal("mina", "help")
    assert 0 < await bot.redis.ttl(keys.replied(f"teams:{TENANT}:a:1mina", sent.id)) <= 26 * 3600
