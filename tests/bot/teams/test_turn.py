"""The placeholder within the turn: its id is the job's, it is never sent twice, and no fault of it loses a question."""

import asyncio
import signal
import time

import pytest
from redis.asyncio import Redis

from bot.teams import turn as module
from core import keys
from core.ledger import Ledger
from core.settings import Settings
from core.texts import say
from platforms.teams.connector import Connector
from tests.bot.teams.conftest import Bot, run
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


async def test_workers_wait_until_the_bot_has_noted_the_placeholder(teams: TeamsStandIn, bot: Bot) -> None:
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


async def until_woken(bot: Bot) -> None:
    for _ in range(100):
        await asyncio.sleep(0.1)
        if bot.woken:
            break


@pytest.mark.parametrize("fault", ["hang", "stall"])
async def test_a_teams_that_hangs_costs_the_turn_less_than_ten_seconds(
    teams: TeamsStandIn, bot: Bot, fault: str
) -> None:
    teams.faults.script("send", fault)
    sent = await teams.mention("mina", GENERAL, "question")
    assert sent.statuses == [200] and 4 < sent.replies[0].seconds < 10
    await until_woken(bot)
    [record] = await bot.records()
    assert ("placeholder" in record, bot.woken) == (False, [record["job"]])


def slowly(monkeypatch: pytest.MonkeyPatch, seconds: float) -> asyncio.Event:
    """Teams posts at once, and its reply takes so long."""
    sending, posted = Connector.send, asyncio.Event()

    async def slow(self: Connector, reference: dict, activity: dict) -> str:
        name = await sending(self, reference, activity)
        posted.set()
        await asyncio.sleep(seconds)
        return name

    monkeypatch.setattr(Connector, "send", slow)
    return posted


async def test_a_placeholder_that_takes_longer_than_a_turn_is_still_noted(
    teams: TeamsStandIn, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly(monkeypatch, 1.0)
    monkeypatch.setattr(module, "TURN", 0.2)
    sent = await teams.mention("mina", GENERAL, "question")
    assert sent.statuses == [200] and sent.replies[0].seconds < 0.8 and bot.woken == []
    await until_woken(bot)
    [record] = await bot.records()
    assert record["placeholder"] == teams.visible(GENERAL)[0].id


async def test_a_placeholder_under_way_while_the_bot_stops_is_still_noted(
    teams: TeamsStandIn, settings: Settings, redis: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async for bot in run(settings, redis, redis_url):
        teams.bot_url = bot.url
        posted = slowly(monkeypatch, 2.0)  # a runner gives its handlers one second
        asking = asyncio.create_task(teams.mention("mina", GENERAL, "question"))
        await posted.wait()
    await asking
    [record] = await bot.records()
    assert record["placeholder"] == teams.visible(GENERAL)[0].id


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
    monkeypatch.setattr(module, "TURN", 1.0)
    sent = await teams.mention("mina", GENERAL, "question")
    assert sent.statuses == [200] and sent.replies[0].seconds < 3
    await until_woken(bot)
    [record] = await bot.records()
    assert (record["placeholder"], bot.woken) == (teams.visible(GENERAL)[0].id, [record["job"]])


async def test_a_redis_that_is_back_within_the_turn_costs_no_question(
    teams: TeamsStandIn, bot: Bot, redis_server: RedisServer
) -> None:
    await teams.personal("mina", "warm up")
    redis_server.stop()
    asyncio.get_running_loop().call_later(1.5, redis_server.start)
    sent = await teams.personal("joon", "question")
    assert sent.statuses == [200] and 1 < sent.replies[0].seconds < 6
    [message] = teams.visible("a:1joon")
    [record] = [one for one in await bot.records() if "a:1joon" in one["job"]]
    assert (message.text, record["placeholder"]) == (say("thinking", "en"), message.id)


async def test_an_admission_whose_reply_was_lost_is_this_turns_own(
    teams: TeamsStandIn, bot: Bot, redis_server: RedisServer
) -> None:
    await teams.personal("mina", "warm up")
    redis_server.signal(signal.SIGSTOP)  # what is sent meanwhile is carried out afterwards
    asyncio.get_running_loop().call_later(1.0, redis_server.signal, signal.SIGCONT)
    sent = await teams.personal("joon", "question")
    await teams.redeliver(sent, times=3)
    assert set(sent.statuses) == {200}
    [message] = teams.visible("a:1joon")
    [record] = [one for one in await bot.records() if "a:1joon" in one["job"]]
    assert record["placeholder"] == message.id


@pytest.mark.parametrize("text", ["question", "help", "forget"])
async def test_redis_away_for_longer_is_said_to_who_spoke_to_us(
    teams: TeamsStandIn, bot: Bot, redis_server: RedisServer, text: str
) -> None:
    await teams.personal("mina", "warm up")
    redis_server.stop()
    try:
        sent = await teams.personal("joon", text)
    finally:
        redis_server.start()
    assert sent.statuses == [200] and sent.replies[0].seconds < 5.5
    assert [message.text for message in teams.visible("a:1joon")] == [say("starting", "ko")]
    assert [one for one in await bot.records() if "a:1joon" in one["job"]] == []


async def test_what_could_be_neither_taken_in_nor_said_is_a_503(
    teams: TeamsStandIn, bot: Bot, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await teams.personal("mina", "warm up")
    monkeypatch.setattr(module, "ADMISSION", 0.1)
    teams.faults.script("send", "broken")
    redis_server.signal(signal.SIGSTOP)
    try:
        sent = await teams.personal("mina", "question")
    finally:
        redis_server.signal(signal.SIGCONT)
    assert sent.statuses == [503] and sent.replies[0].seconds < 0.45
    again = await teams.personal("mina", "again")
    assert again.statuses == [200]
