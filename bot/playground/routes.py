"""The page's addresses: `/` and everything under `/page/`, each behind the guard."""

from aiohttp import web
from redis.asyncio import Redis

from bot.intake import Intake
from bot.playground.asking import Asking
from bot.playground.guard import Guard
from bot.playground.shell import Shell
from bot.playground.stream import Streams
from core.settings import Settings
from platforms.playground.directory import Directory


def playground_routes(settings: Settings, intake: Intake, redis: Redis) -> list[web.AbstractRouteDef]:
    """Routes for the bot's application; off loopback each answers 404. Raises SettingsError for bad sample people."""
    people = Directory(settings.people)
    shell, asking = Shell(settings, people), Asking(settings, intake, people)
    streams, guard = Streams(intake.ledger, redis), Guard(settings)
    return [
        web.get("/", guard(shell.page)),
        web.get("/page/static/{name}", guard(shell.asset)),
        web.get("/page/suggestions", guard(shell.suggested)),
        web.post("/page/ask", guard(asking.ask)),
        web.post("/page/view", guard(asking.view)),
        web.get("/page/events/{job}", guard(streams.events)),
    ]
