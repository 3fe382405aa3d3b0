"""The placeholder within the turn: its id is the job's, it is never sent twice, and no fault of it loses a question."""

import asyncio
import signal
import time

import pytest

from bot.teams import turn as module
from core import keys
from core.ledger import Ledger
from core.texts import say
from tests.bot.teams.conftest import Bot
from tests.conftest import RedisServer
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import GENERAL, TENANT


async def due_in(bot: Bot) -> float:
    """Seconds until workers may start the only job."""
    [(_, score)] = await bot.redis.zrange(keys.due(TENANT), 0, -1, withscores=True)
    return score - time.time()


async def test_the_placeholder_stands_and_the_job_knows_it(teams: TeamsStandIn, bot: Bot) -> None:
    sent = await teams.mention("mina", GENERAL, "연차는?")
    [message] = teams.visible(GENERAL, sent.root)
    [record] = await bot.records()
    assert (message.text, record["placeholder"]) == (say("thinking", "ko"), message.id)
    assert bot.woken == [record["job"]]
    assert await due_in(bot) < 2.5


async def test_workers_wait_until_the_bot_has_noted_the_placeholder(
    teams: TeamsStandIn, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.teams.app.PATIENCE", 5.0)
    teams.faults.script("send", "hang")
    asking = asyncio.create_task(teams.mention("mina", GENERAL, "question"))
    await asyncio.sleep(0.5)
    assert 10 < await due_in(bot) < 12
    assert bot.woken == []
    asking.cancel()


@pytest.mark.parametrize(
    "fault",
    ["limited", "conflict", "error:BotNotInConversationRoster:403", "broken", "late", "reset", "drop", "garbage"],
)
async def test_a_placeholder_that_fails_is_not_sent_again_and_the_question_stays(
    teams: TeamsStandIn, bot: Bot, fault: str
) -> None:
    teams.faults.script("send", fault)
    sent = await teams.mention("mina", GENERAL, "question", times=2)
    [record] = await bot.records()
    assert ("placeholder" in record, bot.woken) == (False, [record["job"]])
    assert [call for call, _, _ in teams.service.calls] == ["send"]
    assert set(sent.statuses) == {200}
    assert await due_in(bot) < 2.5


@pytest.mark.parametrize("fault", ["hang", "stall"])
async def test_a_teams_that_hangs_costs_the_turn_less_than_ten_seconds(
    teams: TeamsStandIn, bot: Bot, fault: str
) -> None:
    teams.faults.script("send", fault)
    sent = await teams.mention("mina", GENERAL, "question")
    assert sent.statuses == [200] and 4 < sent.replies[0].seconds < 10
    [record] = await bot.records()
    assert ("placeholder" in record, bot.woken) == (False, [record["job"]])


async def test_without_a_token_the_question_stays(teams: TeamsStandIn, bot: Bot) -> None:
    teams.issuer.revoke()
    teams.issuer.lifetime = -1  # what is given out from now on is refused
    sent = await teams.mention("mina", GENERAL, "question")
    [record] = await bot.records()
    assert (sent.statuses, "placeholder" in record, len(bot.woken)) == ([200], False, 1)


async def test_a_placeholder_that_comes_too_late_is_taken_back(
    teams: TeamsStandIn, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HOLD", 0.0)
    original = Ledger.unclaimed

    def overtaken(self: Ledger, job: str) -> object:
        claimed.append(job)
        return original(self, job)

    claimed: list[str] = []
    monkeypatch.setattr(Ledger, "unclaimed", overtaken)
    sending = module.Turns._opened

    async def slow(self: module.Turns, question: object, reference: dict) -> str:
        name = await sending(self, question, reference)  # type: ignore[arg-type]
        assert await Ledger(bot.redis).claim(question.job)  # type: ignore[attr-defined] # a worker was faster
        return name

    monkeypatch.setattr(module.Turns, "_opened", slow)
    await teams.mention("mina", GENERAL, "question")
    await asyncio.sleep(0.1)
    [record] = await bot.records()
    assert ("placeholder" in record, teams.visible(GENERAL)) == (False, [])
    assert [call for call, _, _ in teams.service.calls] == ["send", "delete"]


async def test_a_placeholder_that_is_noted_though_redis_did_not_say_so_stays(
    teams: TeamsStandIn, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = module.Turns._handed_over

    async def doubly(self: module.Turns, question: object, reference: dict, placeholder: str) -> None:
        await original(self, question, reference, placeholder)  # type: ignore[arg-type]
        assert await Ledger(bot.redis).claim(question.job)  # type: ignore[attr-defined]
        await original(self, question, reference, placeholder)  # type: ignore[arg-type] # as if the reply had been lost

    monkeypatch.setattr(module.Turns, "_handed_over", doubly)
    await teams.mention("mina", GENERAL, "question")
    [message] = teams.visible(GENERAL)
    assert (await bot.records())[0]["placeholder"] == message.id


async def test_a_redis_that_is_away_while_the_placeholder_is_sent_is_waited_for(
    teams: TeamsStandIn, bot: Bot, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending = module.Turns._opened

    async def frozen(self: module.Turns, question: object, reference: dict) -> str:
        name = await sending(self, question, reference)  # type: ignore[arg-type]
        redis_server.signal(signal.SIGSTOP)
        asyncio.get_running_loop().call_later(4.0, redis_server.signal, signal.SIGCONT)
        return name

    monkeypatch.setattr(module.Turns, "_opened", frozen)
    sent = await teams.mention("mina", GENERAL, "question")
    assert sent.statuses == [200] and sent.replies[0].seconds < 3
    for _ in range(100):
        await asyncio.sleep(0.1)
        if bot.woken:
            break
    [record] = await bot.records()
    assert (record["placeholder"], bot.woken) == (teams.visible(GENERAL)[0].id, [record["job"]])


async def test_redis_away_is_a_503_within_a_second_and_nothing_is_said(
    teams: TeamsStandIn, bot: Bot, redis_server: RedisServer
) -> None:
    await teams.personal("mina", "warm up")
    redis_server.signal(signal.SIGSTOP)
    try:
        for text in ("question", "help"):
            sent = await teams.personal("mina", text)
            assert sent.statuses == [503] and sent.replies[0].seconds < 1.1
    finally:
        redis_server.signal(signal.SIGCONT)
    assert len(teams.visible("a:1mina")) == 1
    again = await teams.personal("mina", "again")
    assert again.statuses == [200]


async def test_a_redis_that_takes_too_long_is_a_503(
    teams: TeamsStandIn, bot: Bot, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await teams.personal("mina", "warm up")
    monkeypatch.setattr(module, "ADMISSION", 0.1)
    redis_server.signal(signal.SIGSTOP)
    try:
        sent = await teams.personal("mina", "question")
    finally:
        redis_server.signal(signal.SIGCONT)
    assert sent.statuses == [503] and sent.replies[0].seconds < 0.45
