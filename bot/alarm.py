"""What an operator must hear of although nobody asked: late questions, no worker, no Redis, a refused token, a wrong clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import structlog
from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.health import LATE, health

log = structlog.get_logger()

LOOK = 10.0  # seconds between looks
AGAIN = 60.0  # seconds until the same is said again
SKEW = 60.0  # seconds by which this host's clock and Redis' may differ; Slack refuses beyond five minutes, and so do we


def alarms(redis: Redis) -> Callable[[web.Application], AsyncIterator[None]]:
    """A cleanup context that watches for as long as the application runs."""

    async def lifetime(_: web.Application) -> AsyncIterator[None]:
        watching = asyncio.create_task(_watch(redis))
        yield
        watching.cancel()
        await asyncio.wait([watching], timeout=1)

    return lifetime


async def _watch(redis: Redis) -> None:
    said: dict[str, float] = {}
    while True:
        await asyncio.sleep(LOOK)
        now = time.monotonic()
        for alarm, told in (await found(redis)).items():
            if now - said.get(alarm, -AGAIN) >= AGAIN:
                said[alarm] = now
                log.error(alarm, **told)


async def found(redis: Redis) -> dict[str, dict[str, Any]]:
    """What is wrong now: name of the log event -> its fields."""
    with suppress(RedisError, OSError, TimeoutError):
        now, seen = (await redis.time())[0], await health(redis)
        alarms: dict[str, dict[str, Any]] = {f"alarm.{at}": {"code": code} for at, code in seen.troubles.items()}
        if seen.oldest > LATE:
            alarms["alarm.late"] = {"oldest_due_seconds": round(seen.oldest), "waiting": seen.waiting}
        if not any("answers" in queues for queues in seen.workers):
            alarms["alarm.no_worker"] = {"waiting": seen.waiting}
        if abs(ahead := time.time() - now) > SKEW:
            alarms["alarm.clock"] = {"ahead_of_redis_seconds": round(ahead)}
        return alarms
    return {"alarm.redis": {"reason": "it does not answer"}}
