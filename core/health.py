"""Whether answers are being made: worker heartbeats, the oldest due job and the oldest wake-up, never a pid or a port."""

import json
import os
import socket
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Self

from redis.asyncio import Redis

from core import keys
from core.broker import QUEUES, queue_key
from core.ledger import Ledger
from core.ledger_scripts import HOLDER

HEARTBEAT = 15  # seconds a heartbeat lasts; renewed every third of it
LATE = 60.0  # seconds a due job may wait before something is wrong
PLATFORMS = ("slack", "teams")  # what may be in trouble
TROUBLED = 600  # seconds for which a trouble is shown after it was last met


# A worker beats on while Redis is full: it is not the worker that is to be ended for that.
_BEAT = HOLDER + "redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]); redis.call('SADD', KEYS[2], ARGV[3])"


@dataclass(frozen=True, slots=True)
class Beat:
    """What a worker says of itself: its queues ("answers,maintenance"), and places for how many more jobs."""

    queues: str
    free: int = 1

    @classmethod
    def read(cls, text: str) -> Self:
        """What a worker wrote, of another version too."""
        try:
            told = json.loads(text)
            return cls(str(told["queues"]), int(told["free"]))
        except (ValueError, TypeError, KeyError):
            return cls(text[:100])


@dataclass(frozen=True, slots=True)
class Health:
    """`workers` by queue list -> how many are beating; `oldest`: seconds the most overdue question has waited.

    `troubles`: what somebody has to set right, such as {"slack": "token_revoked"}.
    """

    workers: dict[str, int]
    waiting: int
    oldest: float
    troubles: dict[str, str] = field(default_factory=dict)

    @property
    def answering(self) -> bool:
        return self.oldest < LATE and any("answers" in queues for queues in self.workers)


@dataclass(frozen=True, slots=True)
class Signs:
    """One worker seen from outside. `beat` None: its loop is silent; `wakeup`: what has waited longest in the broker, or ""."""

    beat: Beat | None
    overdue: float  # seconds the oldest due job that its queues are for has waited
    wakeup: str


def worker_name(queues: str, pid: int | None = None) -> str:
    """The name of the worker process `pid` (default: this one) of this host."""
    return f"{queues.partition(',')[0]}-{os.getpid() if pid is None else pid}@{socket.gethostname()}"


async def beat(redis: Redis, worker: str, queues: str, *, free: int = 1) -> None:
    """Say that a worker's loop is alive, and how many more jobs it has a place for."""
    told = json.dumps(asdict(Beat(queues, free)))
    await redis.register_script(_BEAT)(keys=[keys.WORKERS + worker, keys.BEATING], args=[told, HEARTBEAT, worker])


async def signs(redis: Redis, worker: str, queues: str) -> Signs:
    """What Redis shows of a worker; raises redis' own errors when Redis does not answer."""
    written = await redis.get(keys.WORKERS + worker)
    found = [await redis.lindex(queue_key(queue), -1) for queue in queues.split(",")]
    kinds = {kind for kind, queue in QUEUES.items() if queue in queues.split(",")}
    return Signs(Beat.read(written) if written else None, await overdue(redis, kinds), next(filter(None, found), ""))


async def health(redis: Redis) -> Health:
    """As of now; raises redis' own errors when Redis does not answer."""
    beats = Counter([one.queues for one in await _beating(redis)])
    waiting, oldest = await Ledger(redis).waiting()
    # a reindex that waits for its own worker says nothing of answers
    return Health(
        beats, waiting, await overdue(redis, {"question"}) if oldest > LATE else oldest, await troubles(redis)
    )


async def _beating(redis: Redis) -> list[Beat]:
    """The workers that were heard of lately; the others are struck off the list."""
    names = sorted(await redis.smembers(keys.BEATING))
    written = await redis.mget([keys.WORKERS + name for name in names]) if names else []
    if silent := [name for name, text in zip(names, written, strict=True) if not text]:
        await redis.srem(keys.BEATING, *silent)  # one that beats again puts itself back
    return [Beat.read(text) for text in written if text]


async def overdue(redis: Redis, kinds: set[str]) -> float:
    """Seconds that the oldest due job of these kinds has waited; looks at the hundred most overdue of each tenant."""
    oldest, now = 0.0, (await redis.time())[0]
    for tenant in await redis.smembers(keys.TENANTS):
        for job, due in await redis.zrange(keys.due(tenant), 0, 99, withscores=True):
            if now - due > oldest and await redis.hget(keys.job(tenant, job), "kind") in kinds:
                oldest = now - due
    return oldest


async def troubled(redis: Redis, what: str, code: str) -> None:
    """Remember for a while what cannot work until somebody sets it right ("slack", "token_revoked"); "" = it does work."""
    if code:
        await redis.set(keys.TROUBLE + what, code, ex=TROUBLED)
    else:
        await redis.delete(keys.TROUBLE + what)


async def troubles(redis: Redis) -> dict[str, str]:
    """What was met lately, by name."""
    codes = await redis.mget([keys.TROUBLE + what for what in PLATFORMS])
    return {what: code for what, code in zip(PLATFORMS, codes, strict=True) if code}
