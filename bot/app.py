"""The bot's composition root: one aiohttp application that hears every platform."""

from collections.abc import AsyncIterator
from typing import Protocol

import structlog
from aiohttp import web

from bot.alarm import alarms
from bot.health import health_routes
from bot.intake import Intake
from bot.playground.routes import playground_routes
from bot.slack.app import slack_app
from bot.wakeup import Wakeup
from core.connect import check, connect
from core.errors import SettingsError
from core.ledger import Ledger
from core.registry import load
from core.settings import Settings

log = structlog.get_logger()

LARGEST = 1024 * 1024  # bytes of a request; Slack's are far smaller
PATIENCE = 0.5  # seconds for Redis while a platform waits for its acknowledgement
TEAMS = {"teams": "bot.teams.app:teams_app"}  # imported where it is on: Microsoft's SDK takes 23 MB


class Platform(Protocol):
    """What hears a platform: routes before the application starts, the rest on its event loop."""

    def routes(self) -> list[web.AbstractRouteDef]: ...

    async def start(self) -> None:
        """Raises SettingsError for settings that the platform refuses."""

    async def stop(self) -> None: ...


def application(settings: Settings) -> web.Application:
    """Everything that listens. Raises SettingsError when Redis is not set."""
    if settings.redis_url is None:
        raise SettingsError("REDIS_URL is not set: a bot alone needs a Redis; `daedap up` brings its own")
    app = web.Application(client_max_size=LARGEST)
    redis = connect(settings.redis_url, timeout=PATIENCE)
    reading = connect(settings.redis_url, timeout=30.0, connections=512)  # waits for events as long as a page is open
    ledger = Ledger(redis, lease=settings.lease_seconds, attempts=settings.attempts)
    wakeup = Wakeup(settings.redis_url)
    intake = Intake(settings, ledger, wakeup)
    app.add_routes(health_routes(redis))
    app.add_routes(playground_routes(intake, reading))

    async def lifetime(_: web.Application) -> AsyncIterator[None]:
        await check(redis, settings.redis_url or "")
        yield
        wakeup.close()
        await redis.aclose()
        await reading.aclose()

    app.cleanup_ctx.append(lifetime)  # before the platforms', which need Redis until they have stopped
    if settings.slack.on:
        _hear(app, slack_app(settings, intake, redis))
    else:
        log.info("slack.off", reason="SLACK_BOT_TOKEN is not set")
    if settings.teams.on:
        _hear(app, load("teams", "teams", TEAMS)(settings, intake, redis))
    else:
        log.info("teams.off", reason="MICROSOFT_APP_ID is not set")

    app.cleanup_ctx.append(alarms(redis))
    return app


def _hear(app: web.Application, platform: Platform) -> None:
    app.add_routes(platform.routes())

    async def lifetime(_: web.Application) -> AsyncIterator[None]:
        await platform.start()
        yield
        await platform.stop()

    app.cleanup_ctx.append(lifetime)
