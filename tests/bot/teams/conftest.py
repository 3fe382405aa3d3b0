"""The bot's Teams half on a real port, with real Redis, beside a stand-in Microsoft."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from redis.asyncio import Redis

from bot.intake import Intake
from bot.teams.app import teams_app
from bot.wakeup import Wakeup
from core import keys
from core.connect import connect
from core.ledger import Ledger
from core.settings import LimitSettings, Settings
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import TENANT, person

ADMIN = f"teams:{TENANT}:{person('mina')}"


@dataclass
class Bot:
    """The running bot, and what it admitted."""

    redis: Redis
    port: int
    woken: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/messages"

    async def records(self, tenant: str = TENANT) -> list[dict[str, str]]:
        """The records of all open jobs, by when they are due."""
        ids = await self.redis.zrange(keys.due(tenant), 0, -1)
        return [await self.redis.hgetall(keys.job(tenant, job)) | {"job": job} for job in ids]

    async def jobs(self, tenant: str = TENANT) -> list[Any]:
        """The work of every admitted job. Claims them."""
        ids = await self.redis.zrange(keys.due(tenant), 0, -1)
        claims = [await Ledger(self.redis).claim(job) for job in ids]
        return [claim.work for claim in claims if claim]


class Woken(Wakeup):
    """Remembers instead of sending: no worker runs here."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def send(self, kind: str, job: str) -> None:
        self.jobs.append(job)

    def close(self) -> None:
        pass


@pytest.fixture
async def teams() -> AsyncIterator[TeamsStandIn]:
    async with TeamsStandIn() as standin:
        yield standin


@pytest.fixture
def settings(teams: TeamsStandIn, redis_url: str) -> Settings:
    return Settings(
        teams=teams.settings, redis_url=redis_url, admins=(ADMIN,), limits=LimitSettings(person=0, channel=0)
    )


@pytest.fixture
async def bot(teams: TeamsStandIn, settings: Settings, redis: Redis, redis_url: str) -> AsyncIterator[Bot]:
    async for running in run(settings, redis, redis_url):
        teams.bot_url = running.url
        yield running


async def run(settings: Settings, redis: Redis, redis_url: str) -> AsyncIterator[Bot]:
    quick, wakeup = connect(redis_url, timeout=0.5), Woken()
    teams = teams_app(settings, Intake(settings, Ledger(quick), wakeup), quick)
    app = web.Application(client_max_size=1024 * 1024)
    app.add_routes(teams.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    try:
        await runner.setup()
        await teams.start()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Bot(redis, runner.addresses[0][1], wakeup.jobs)
    finally:
        await teams.stop()
        await runner.cleanup()
        await quick.aclose()
