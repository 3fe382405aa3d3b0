"""Thumbs: kept for the answer they stand under, with the reason, and always answered as Teams wants."""

import json
import signal
from typing import Any

import pytest

from core import keys
from tests.bot.teams.conftest import Bot
from tests.conftest import RedisServer
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import GENERAL, TENANT, Message, person

ROOM = f"teams:{TENANT}:{GENERAL}"
JOB = f"{ROOM}:1700000000000"


@pytest.fixture
async def answer(teams: TeamsStandIn, bot: Bot) -> Message:
    """An answer that a worker posted for a question."""
    root = teams.draft("mina", GENERAL, "question", mentioned=True)
    message = teams.world.add(f"{GENERAL};messageid={root.id}", {"type": "message", "text": "answer"}, bot=True)
    await bot.redis.set(keys.posted(ROOM, message.id), JOB)
    return message


async def verdicts(bot: Bot) -> list[dict[str, str]]:
    return [entry for _, entry in await bot.redis.xrange(keys.feedback(TENANT))]


async def test_a_thumb_is_kept_with_its_reason(teams: TeamsStandIn, bot: Bot, answer: Message) -> None:
    reply = await teams.feedback("mina", answer, "dislike", json.dumps({"feedbackText": "옛날 규정이에요"}))
    assert (reply.status, reply.body) == (200, {})
    [entry] = await verdicts(bot)
    assert {name: entry[name] for name in ("job", "user", "verdict", "reason")} == {
        "job": JOB,
        "user": f"teams:{TENANT}:{person('mina')}",
        "verdict": "bad",
        "reason": "옛날 규정이에요",
    }


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("great", "great"),
        ("", ""),
        (None, ""),
        ("{}", ""),
        ('{"feedbackText": 7}', ""),
        ("[" * 9000, "[" * 1000),
        (5, ""),
    ],
    ids=str,
)
async def test_reasons_come_in_any_form(
    teams: TeamsStandIn, bot: Bot, answer: Message, words: Any, reason: str
) -> None:
    assert (await teams.feedback("mina", answer, "like", words)).status == 200
    [entry] = await verdicts(bot)
    assert (entry["verdict"], entry["reason"]) == ("good", reason)


async def test_the_same_click_delivered_again_is_one_verdict(teams: TeamsStandIn, bot: Bot, answer: Message) -> None:
    for _ in range(4):
        await teams.feedback("mina", answer, "like", "good")
    await teams.feedback("mina", answer, "dislike", "no, bad")
    await teams.feedback("joon", answer, "like")
    assert [entry["verdict"] for entry in await verdicts(bot)] == ["good", "bad", "good"]


async def test_a_thumb_below_what_is_no_answer_of_ours_is_acknowledged_and_dropped(
    teams: TeamsStandIn, bot: Bot, answer: Message
) -> None:
    stranger = Message(GENERAL, "1", "", True, {})
    assert (await teams.feedback("mina", stranger, "like")).status == 200
    event = teams.event("invoke", "mina", GENERAL)
    value = {"actionName": "feedback", "actionValue": {"reaction": "like"}}
    assert (await teams.deliver(event | {"name": "message/submitAction", "value": value})).status == 200
    assert await verdicts(bot) == []


OTHERS: list[dict[str, Any]] = [
    {"name": "task/fetch", "value": {}},
    {"name": "adaptiveCard/action", "value": {"action": {"type": "Action.Execute"}}},
    {"name": "composeExtension/query"},
    {"name": "signin/verifyState", "value": {"state": "1"}},
    {"name": "message/submitAction", "value": None},
    {"name": "message/submitAction", "value": "feedback"},
    {"name": "message/submitAction", "value": {"actionName": "feedback", "actionValue": None}},
    {"name": "message/submitAction", "value": {"actionName": "feedback", "actionValue": {"reaction": "shrug"}}},
    {"name": "message/submitAction", "value": {"actionName": "feedback", "actionValue": {"reaction": ["like"]}}},
    {},
]


@pytest.mark.parametrize("fields", OTHERS, ids=str)
async def test_an_invoke_that_nobody_implements_is_told_so(
    teams: TeamsStandIn, bot: Bot, fields: dict[str, Any]
) -> None:
    reply = await teams.deliver(teams.event("invoke", "mina", GENERAL) | fields)
    assert (reply.status, reply.body) == (501, "")
    assert await verdicts(bot) == []


async def test_a_thumb_that_cannot_be_kept_is_not_acknowledged(
    teams: TeamsStandIn, bot: Bot, answer: Message, redis_server: RedisServer
) -> None:
    redis_server.signal(signal.SIGSTOP)
    try:
        reply = await teams.feedback("mina", answer, "like")
    finally:
        redis_server.signal(signal.SIGCONT)
    assert reply.status == 503 and reply.seconds < 1.6
