"""A way in beside the adapters: work is admitted as theirs is, and its answer awaited."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from bot.wakeup import Wakeup
from core.connect import connect
from core.events import follow
from core.ledger import Ledger
from core.messages import Answer, Work
from core.settings import Settings

PATIENT = 600.0  # seconds the first reading may take without a word


class Door:
    """Admits work as any adapter does, and waits for its answer."""

    def __init__(self, redis: Redis, ledger: Ledger, wakeup: Wakeup) -> None:
        self.redis, self.ledger, self.wakeup = redis, ledger, wakeup

    async def result(self, work: Work) -> Answer:
        """The answer; raises TimeoutError when nothing at all is heard for long."""
        await self.ledger.admit(work)
        self.wakeup.send(work.kind, work.job)
        async for event in follow(self.redis, work.job, patience=PATIENT):
            if event is None:
                break
            if event.type == "answer":
                return Answer.model_validate(event.data)
        raise TimeoutError(f"no answer to {work.job}")


@asynccontextmanager
async def door(settings: Settings, redis_url: str) -> AsyncIterator[Door]:
    """Open while the body runs."""
    redis, wakeup = connect(redis_url, timeout=PATIENT + 5), Wakeup(redis_url)
    try:
        yield Door(redis, Ledger(redis, lease=settings.lease_seconds, attempts=settings.attempts), wakeup)
    finally:
        wakeup.close()
        await redis.aclose()
