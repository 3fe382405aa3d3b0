"""One reindex run at a time: who runs it, how far it is, the wish to stop it, and how the last one ended."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from core import keys

HELD = 30  # seconds the lock outlives its last sign of life

# KEYS: lock, state   ARGV: job, by, held -> 1 when this job holds the lock now (again, after its worker was killed)
_BEGIN = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
if redis.call('HGET', KEYS[2], 'job') ~= ARGV[1] then redis.call('HDEL', KEYS[2], 'cancel') end
redis.call('HSET', KEYS[2], 'job', ARGV[1], 'by', ARGV[2], 'done', 0, 'total', 0)
return 1"""

# KEYS: lock, state   ARGV: job, held, done, total -> 0 not ours any more, 1 go on, 2 somebody wants it to stop
_REPORT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('HSET', KEYS[2], 'done', ARGV[3], 'total', ARGV[4])
if redis.call('HEXISTS', KEYS[2], 'cancel') == 1 then return 2 end
return 1"""

# KEYS: lock, state   ARGV: job, last
_END = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[2], 'cancel')
redis.call('HSET', KEYS[2], 'last', ARGV[2])
return redis.call('DEL', KEYS[1])"""


@dataclass(frozen=True, slots=True)
class Status:
    """`running` with who and how far, or how the `last` run ended ("" = none ever did)."""

    running: bool
    by: str
    done: int
    total: int
    last: str


async def begin(redis: Redis, job: str, *, by: str) -> bool:
    """Take the lock for a job; True again for the same job, so that it can go on after a kill."""
    return bool(await _run(redis, _BEGIN, job, by, HELD))


async def report(redis: Redis, job: str, *, done: int, total: int) -> str:
    """Progress and a sign of life. Gives "go on", "stop" (cancelled) or "lost" (another run holds the lock)."""
    return ("lost", "go on", "stop")[await _run(redis, _REPORT, job, HELD, done, total)]


async def end(redis: Redis, job: str, last: str) -> None:
    """Let the lock go and keep how it ended."""
    await _run(redis, _END, job, last)


async def cancel(redis: Redis) -> bool:
    """Ask the running job to stop after the document in hand; False when nothing runs."""
    if not await redis.exists(keys.REINDEX_LOCK):
        return False
    await redis.hset(keys.REINDEX, "cancel", "1")
    return True


async def status(redis: Redis) -> Status:
    """As of now."""
    running = bool(await redis.exists(keys.REINDEX_LOCK))
    kept = await redis.hgetall(keys.REINDEX)
    return Status(
        running, kept.get("by", ""), int(kept.get("done", 0)), int(kept.get("total", 0)), kept.get("last", "")
    )


async def _run(redis: Redis, script: str, *args: Any) -> int:
    return int(await redis.register_script(script)(keys=[keys.REINDEX_LOCK, keys.REINDEX], args=args))
