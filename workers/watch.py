"""A reindex run seen from beside it: its progress told to the chat and to Redis, and the wish to stop it read there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog
from redis.exceptions import RedisError

from core import reindexing
from core.errors import LeaseLost
from core.texts import say
from retrieval.ingest import Control
from workers.services import Attempt

log = structlog.get_logger()

PAUSE = 1.0  # seconds between two reports


class Watch:
    """`control` is what the run calls between documents."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.done = self.total = 0
        self.stop = False
        self._lost = False
        self.control = Control(progress=self._progress, cancelled=lambda: self.stop)

    @contextlib.asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Tell about once a second while the body runs; raises LeaseLost when another run holds the lock."""
        beside = asyncio.create_task(self._tell())
        try:
            yield
        finally:
            beside.cancel()
        if self._lost:
            raise LeaseLost(self._attempt.claim.job)

    async def _tell(self) -> None:
        while not self._lost:
            try:
                await self._once()
            except RedisError as error:
                log.warning("reindex.not_told", reason=type(error).__name__)
            await asyncio.sleep(PAUSE)

    async def _once(self) -> None:
        claim = self._attempt.claim
        wish = await reindexing.report(self._attempt.services.redis, claim.job, done=self.done, total=self.total)
        self.stop, self._lost = wish != "go on", wish == "lost"
        text = say("reindex_progress", claim.work.language, done=self.done, total=self.total or "?")
        await self._attempt.delivery.progress(claim, text)

    def _progress(self, done: int, expected: int, _: str) -> None:
        self.done, self.total = done, max(expected, done)
