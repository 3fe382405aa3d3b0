"""The bot's Slack half on a real port, with real Redis, beside a stand-in Slack."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr
from redis.asyncio import Redis

from bot.intake import Intake
from bot.slack.app import slack_app
from bot.wakeup import Wakeup
from core import keys
from core.connect import connect
from core.ledger import Ledger
from core.settings import LimitSettings, Settings, SlackSettings
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import APP_TOKEN, BOT_TOKEN, SECRET, TEAM

ADMIN = "U0MINA"


@dataclass
class Bot:
    """The running bot, and what it admitted."""

    redis: Redis
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/slack/events"

    async def jobs(self) -> list[Any]:
        """The work of every admitted job, in order of admission."""
        ledger = Ledger(self.redis)
        ids = await self.redis.zrange(keys.due(TEAM), 0, -1)
        claims = [await ledger.claim(job) for job in ids]
        return [claim.work for claim in claims if claim]


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as standin:
        yield standin


@pytest.fixture
def slack_settings(slack: SlackStandIn) -> SlackSettings:
    return SlackSettings(bot_token=BOT_TOKEN, signing_secret=SECRET, api_url=slack.api_url)


@pytest.fixture
def settings(slack_settings: SlackSettings, redis_url: str) -> Settings:
    unlimited = LimitSettings(person=0, channel=0)  # tests/bot/test_intake.py has the limits
    return Settings(slack=slack_settings, redis_url=redis_url, limits=unlimited, admins=(f"slack:{TEAM}:{ADMIN}",))


@pytest.fixture
async def bot(slack: SlackStandIn, settings: Settings, redis: Redis, redis_url: str) -> AsyncIterator[Bot]:
    async for running in run(settings, redis, redis_url):
        slack.bot_url = running.url
        yield running


@pytest.fixture
async def socket_bot(slack: SlackStandIn, settings: Settings, redis: Redis, redis_url: str) -> AsyncIterator[Bot]:
    over_socket = settings.slack.model_copy(update={"app_token": SecretStr(APP_TOKEN), "signing_secret": None})
    async for running in run(settings.model_copy(update={"slack": over_socket}), redis, redis_url):
        yield running


async def run(settings: Settings, redis: Redis, redis_url: str) -> AsyncIterator[Bot]:
    quick, wakeup = connect(redis_url, timeout=0.5), Wakeup(redis_url)
    slack = slack_app(settings, Intake(settings, Ledger(quick), wakeup), quick)
    app = web.Application(client_max_size=1024 * 1024)
    app.add_routes(slack.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    try:
        await runner.setup()
        await slack.start()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Bot(redis, runner.addresses[0][1])
    finally:
        await slack.stop()
        await runner.cleanup()
        wakeup.close()
        await quick.aclose()
