"""Clocks that are ten minutes wrong: leases are Redis' time, and a bot whose clock is wrong says so."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from core.connect import connect
from core.ledger import Ledger
from tests.conftest import RedisServer
from tests.platforms.openai_server import OpenAIServer
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import TEAM
from tests.scenarios.conftest import PEOPLE, slack_environment
from tests.scenarios.stack import ROOT, Stack

pytestmark = pytest.mark.timeout(120)

LEAVE = "배우자 출산휴가는 며칠인가요?"
WRONG = 600  # seconds


@asynccontextmanager
async def office(folder, knowledge, redis_url, thinks: float):
    model = OpenAIServer(reply="유급 25일입니다 [1].", thinks=(thinks, thinks))
    await model.start()
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        environment = slack_environment(slack) | {"DAEDAP_DATA_DIR": str(knowledge), "DAEDAP_LLM": "openai:test"}
        environment |= {"OPENAI_API_KEY": "test-key", "OPENAI_BASE_URL": model.url}
        stack = Stack(folder, redis_url, **environment, PYTHONPATH=str(ROOT / "tests" / "shims"))
        slack.bot_url = f"{stack.url}/slack/events"
        try:
            yield slack, stack
        finally:
            print(stack.logs())
            stack.stop()
            await model.stop()


async def test_workers_whose_clocks_are_wrong_lose_no_lease_and_take_over_no_earlier(
    knowledge, redis_server: RedisServer, redis_url, tmp_path
):
    """One is ten minutes ahead, one behind; the model is slower than a lease, which each renews by Redis' clock."""
    async with office(tmp_path, knowledge, redis_url, 5.0) as (slack, stack):
        stack.start_bot()
        for name, seconds in (("ahead", WRONG), ("behind", -WRONG)):
            stack.environment["TEST_CLOCK"] = str(seconds)
            stack.start_worker(name)
        await asyncio.to_thread(stack.until_ready)
        await asyncio.sleep(1)
        first = await asyncio.gather(*(slack.mention("U0TOM", "C0ALL", f"{LEAVE} {n}") for n in range(6)))
        for sent in first:
            assert "25일" in (await slack.answer(sent, within=30)).text
        assert [await attempts(redis_url, sent) for sent in first] == ["1"] * 6
        second = await asyncio.gather(*(slack.mention("U0TOM", "C0ALL", f"{LEAVE} {n}") for n in range(6, 10)))
        await asyncio.sleep(2)
        stack.kill("ahead")
        for sent in second:
            assert "25일" in (await slack.answer(sent, within=30)).text
        assert all(len(slack.visible("C0ALL", sent.ts)) == 1 for sent in (*first, *second))


async def attempts(redis_url: str, sent) -> str:
    redis = connect(redis_url)
    try:
        return (await Ledger(redis).state(f"slack:{TEAM}:{sent.channel}:{sent.ts}"))["attempts"]
    finally:
        await redis.aclose()


@pytest.mark.parametrize("seconds", [WRONG, -WRONG])
async def test_a_bot_whose_clock_is_wrong_refuses_and_raises_the_alarm(
    knowledge, redis_server: RedisServer, redis_url, tmp_path, seconds
):
    async with office(tmp_path, knowledge, redis_url, 0.0) as (slack, stack):
        slack.sender.retries = (0.0, 0.1)
        stack.environment["TEST_CLOCK"] = str(seconds)
        stack.start_bot()
        await asyncio.to_thread(stack.until, lambda: stack.get("/healthz")[0] == 200, 30, "the bot lives")
        sent = [await slack.mention("U0TOM", "C0ALL", LEAVE) for _ in range(2)]
        assert {status for one in sent for status in one.statuses} == {401}
        log = (tmp_path / "bot.log").read_text()
        assert log.count("clock.wrong") == 1, "an alarm, not a flood"
        [alarm] = [line for line in log.splitlines() if "clock.wrong" in line]
        assert abs(json.loads(alarm)["ahead_seconds"] - seconds) < 5 and "NTP" in alarm
        stack.until(lambda: "alarm.clock" in (tmp_path / "bot.log").read_text(), 20, "the bot compares with Redis")
