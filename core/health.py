"""Whether answers are being made: worker heartbeats and the oldest due job, never a pid or a port."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from core import keys
from core.ledger import Ledger

HEARTBEAT = 15  # seconds a heartbeat lasts; renewed every third of it
LATE = 60.0  # seconds a due job may wait before something is wrong


@dataclass(frozen=True, slots=True)
class Health:
    """`workers` by queue list -> how many are beating; `oldest`: seconds the most overdue question has waited."""

    workers: dict[str, int]
    waiting: int
    oldest: float

    @property
    def answering(self) -> bool:
        return self.oldest < LATE and any("answers" in queues for queues in self.workers)


async def beat(redis: Redis, worker: str, queues: str) -> None:
    """Say that a worker's loop is alive."""
    await redis.set(keys.WORKERS + worker, queues, ex=HEARTBEAT)


async def health(redis: Redis) -> Health:
    """As of now; raises redis' own errors when Redis does not answer."""
    beats: dict[str, int] = {}
    async for name in redis.scan_iter(match=keys.WORKERS + "*", count=500):
        queues: Any = await redis.get(name)
        if queues:
            beats[queues] = beats.get(queues, 0) + 1
    waiting, overdue = await Ledger(redis).waiting()
    return Health(beats, waiting, await _oldest_question(redis) if overdue > LATE else overdue)


async def _oldest_question(redis: Redis) -> float:
    """A reindex that waits for its own worker says nothing of answers; looks at the hundred most overdue jobs."""
    oldest, now = 0.0, (await redis.time())[0]
    for tenant in await redis.smembers(keys.TENANTS):
        for job, due in await redis.zrange(keys.due(tenant), 0, 99, withscores=True):
            if await redis.hget(keys.job(tenant, job), "kind") == "question":
                oldest = max(oldest, now - due)
    return oldest
