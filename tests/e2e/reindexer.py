"""A stand-in for the worker that reads the documents again, on the real lock and the real progress in Redis."""

import asyncio
from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core import keys, reindexing
from core.errors import LeaseLost, Transient
from core.ledger import Claim, Ledger
from core.messages import Answer, Reindex
from core.texts import say
from workers.delivery.playground import PlaygroundDelivery

TOTAL = 40  # documents that it pretends to read


class Reindexer:
    """Reads at once; led `by_hand`, it reads as many documents as it is told to."""

    def __init__(self, redis: Redis) -> None:
        self.redis, self.gate = redis, asyncio.Semaphore(1_000_000)
        self.ledger, self.delivery = Ledger(redis, lease=2.0), PlaygroundDelivery(redis)
        self.heard: list[Reindex] = []

    def by_hand(self) -> None:
        self.gate = asyncio.Semaphore(0)

    def read(self, documents: int) -> None:
        for _ in range(documents):
            self.gate.release()

    async def run(self) -> None:
        while True:
            with suppress(RedisError, Transient, LeaseLost):
                for job in await self.redis.zrange(keys.due("local"), 0, -1):
                    is_ours = (await self.ledger.state(job)).get("kind") == "reindex"
                    if is_ours and (claim := await self.ledger.claim(job)):
                        await self._work(claim)
            await asyncio.sleep(0.02)

    async def _work(self, claim: Claim) -> None:
        assert isinstance(claim.work, Reindex)
        self.heard.append(claim.work)
        await self.delivery.begin(claim)
        if await reindexing.begin(self.redis, claim.job, by=claim.work.asker.id):
            text = await self._read(claim, claim.work)
            await reindexing.end(self.redis, claim.job, text)
        else:
            text = say("reindex_running", claim.work.language, by="?", done=0, total=0)
        await self.delivery.finish(claim, Answer(text=text, known=True, language=claim.work.language))
        await claim.finish()

    async def _read(self, claim: Claim, wish: Reindex) -> str:
        done = 0
        while done < TOTAL:
            await claim.renew()
            if await reindexing.report(self.redis, claim.job, done=done, total=TOTAL) == "stop":
                return say("reindex_cancelled", wish.language, done=done, total=TOTAL)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.gate.acquire(), 0.1)
                done += 1
        counts = {"added": 1, "changed": 2, "unchanged": TOTAL - 3, "deleted": 0, "failed": 0, "seconds": 1.2}
        return say("reindex_done", wish.language, **counts)
