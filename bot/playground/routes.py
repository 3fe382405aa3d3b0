"""The page's addresses: `/` and everything under `/page/`, each behind the guard."""

from aiohttp import web
from redis.asyncio import Redis

from bot.feedback import Feedback
from bot.intake import Intake
from bot.playground.asking import Asking
from bot.playground.guard import Guard
from bot.playground.reindex import Reindexing
from bot.playground.shell import Shell
from bot.playground.stream import Streams
from bot.playground.who import Who


def playground_routes(intake: Intake, redis: Redis) -> list[web.AbstractRouteDef]:
    """Routes for the bot's application; off loopback each answers 404. Raises SettingsError for bad sample people.

    `redis` is for those who wait for events: each keeps a connection.
    """
    who, guard = Who(intake.settings), Guard(intake.settings)
    asking = Asking(intake, who, Feedback(intake.ledger.redis))
    shell, streams, reindexing = Shell(intake.settings, who), Streams(intake.ledger, redis), Reindexing(intake, who)
    return [
        web.get("/", guard(shell.page)),
        web.get("/page/static/{name}", guard(shell.asset)),
        web.get("/page/suggestions", guard(shell.suggested)),
        web.post("/page/ask", guard(asking.ask)),
        web.post("/page/view", guard(asking.view)),
        web.post("/page/forget", guard(asking.forget)),
        web.post("/page/verdict", guard(asking.verdict)),
        web.get("/page/reindex", guard(reindexing.status)),
        web.post("/page/reindex", guard(reindexing.start)),
        web.post("/page/reindex/cancel", guard(reindexing.cancel)),
        web.get("/page/events/{job}", guard(streams.events)),
    ]
