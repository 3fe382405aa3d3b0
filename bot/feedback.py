"""What people think of an answer: one verdict a person, the last one given, with the reason if there is one."""

import time

import structlog
from redis.asyncio import Redis

from core import keys
from core.said import clean

log = structlog.get_logger()

KEPT = 30 * 24 * 3600  # seconds in which the same person may change the verdict
LONGEST = 100_000  # entries of a tenant's stream
REASON = 1_000  # characters


class Feedback:
    """Keeps verdicts in a stream per tenant. Raises redis' errors."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def give(self, job: str, user: str, verdict: str, *, reason: str = "") -> bool:
        """Keep "good" or "bad" of `user` ("platform:tenant:id") on a job's answer; False when it was the same before."""
        tenant, reason = keys.tenant_of(job), clean(reason, limit=REASON)[:REASON]
        said = f"{verdict} {reason}".rstrip()
        if await self._redis.set(keys.verdict(tenant, job, user), said, ex=KEPT, get=True) == said:
            return False
        entry = {"job": job, "user": user, "verdict": verdict, "reason": reason, "at": f"{time.time():.3f}"}
        await self._redis.xadd(keys.feedback(tenant), entry, maxlen=LONGEST, approximate=True)
        log.info("feedback.given", job=job, verdict=verdict, reasoned=bool(reason))
        return True
