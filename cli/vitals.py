"""Whether a child does its work: a heartbeat, the oldest due job, the oldest wake-up, a reply; never a pid."""

import asyncio
import http.client
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.exceptions import BusyLoadingError, RedisError

from cli.watch import Symptom
from core.connect import connect
from core.health import LATE, signs, worker_name
from core.settings import Settings

PATIENCE = 2.0  # seconds for one reply

SILENT = Symptom(
    "its heart does not beat: its loop hangs, or somebody stopped it", 5
)  # beside the 15 that a beat lasts
DEAF = Symptom("it takes no wake-ups from the queue though it has room", 20, gently=True)
IDLE = Symptom("it leaves due work undone though it has room", 10, gently=True)  # beside the 60 that a job may wait
MUTE = Symptom("it does not answer", 15)
CUT_OFF = Symptom("it does not reach Redis, which answers us", 30)


class WorkerVital:
    """A worker of these queues. Raises OSError while Redis does not answer: that is no fault of the worker."""

    def __init__(self, redis_url: str, queues: str) -> None:
        self._url, self._queues, self._wakeup = redis_url, queues, ""

    async def __call__(self, pid: int) -> Symptom | None:
        try:
            async with _connected(self._url) as redis:
                found = await signs(redis, worker_name(self._queues, pid), self._queues)
        except RedisError as error:
            raise OSError(str(error)) from error
        stale, self._wakeup = found.wakeup and found.wakeup == self._wakeup, found.wakeup
        if found.beat is None:
            return SILENT
        if not found.beat.free:  # a full worker leaves work to others, rightly
            return None
        if found.overdue > LATE:
            return IDLE
        return DEAF if stale else None


class RedisVital:
    """A Redis of our own; one that reads its file is well."""

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url

    async def __call__(self, _: int) -> Symptom | None:
        return None if await _answers(self._url) else MUTE


class BotVital:
    """The bot: it replies, and it reaches the Redis that we reach."""

    def __init__(self, settings: Settings, redis_url: str) -> None:
        self._settings, self._url = settings, redis_url

    async def __call__(self, _: int) -> Symptom | None:
        try:
            _, told = await asyncio.to_thread(ask, self._settings, "/healthz")
        except (OSError, http.client.HTTPException):
            return MUTE
        return CUT_OFF if _lost_redis(told) and await _answers(self._url) else None


def ask(settings: Settings, path: str) -> tuple[int, str]:
    """Status and text of the bot's reply. Blocks for at most a few seconds; raises OSError, HTTPException."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  # asked, not bound
    connection = http.client.HTTPConnection(host, settings.port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read(2000).decode(errors="replace").strip()
    finally:
        connection.close()


def _lost_redis(told: str) -> bool:
    try:
        return json.loads(told).get("redis") is False
    except (ValueError, AttributeError):
        return False


async def _answers(url: str) -> bool:
    try:
        async with _connected(url) as redis:
            await redis.ping()
    except BusyLoadingError:
        return True
    except (RedisError, OSError):
        return False
    return True


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Redis]:
    """A connection of its own for each look: whoever accepts none is ill, too."""
    redis = connect(url, timeout=PATIENCE, connections=1)
    try:
        yield redis
    finally:
        await redis.aclose()
