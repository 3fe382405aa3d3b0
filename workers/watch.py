"""A reindex run seen from beside it: its progress told to the chat and to Redis, and the wish to stop it read there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from redis.exceptions import RedisError

from core import reindexing
from core.errors import LeaseLost
from core.texts import say
from retrieval.ingest import Control
from workers.services import Attempt

log = structlog.get_logger()

PAUSE = 1.0  # seconds between two reports
LAST = 8.0  # seconds that the text on its way to the chat may take at the end: it must not arrive after the result


class Watch:
    """`control` is what the run calls between documents."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.done = self.total = 0
        self.stop = False
        self._lost = False
        self._over = asyncio.Event()
        self.control = Control(progress=self._progress, cancelled=lambda: self.stop)

    @contextlib.asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Tell about once a second while the body runs; raises LeaseLost when another run holds the lock."""
        # two of them: a chat that is slow or limits us must not cost the run its lock
        beside = [asyncio.create_task(self._again(what)) for what in (self._report, self._tell)]
        try:
            yield
            self._over.set()
            await asyncio.wait(beside, timeout=LAST)
        finally:
            self._over.set()  # redis-py swallows a cancellation now and then
            for task in beside:
                task.cancel()
        if self._lost:
            raise LeaseLost(self._attempt.claim.job)

    async def _again(self, what: Callable[[], Awaitable[None]]) -> None:
        while not self._lost and not self._over.is_set():
            try:
                await what()
            except LeaseLost:
                self.stop = self._lost = True
            except RedisError as error:
                log.warning("reindex.not_told", reason=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), PAUSE)

    async def _report(self) -> None:
        claim = self._attempt.claim
        wish = await reindexing.report(self._attempt.services.redis, claim.job, done=self.done, total=self.total)
        self.stop, self._lost = wish != "go on", wish == "lost"

    async def _tell(self) -> None:
        await self._report()  # a run that was frozen and lost the lock must not write over its successor's result
        if not self._lost:
            claim = self._attempt.claim
            text = say("reindex_progress", claim.work.language, done=self.done, total=self.total or "?")
            await self._attempt.delivery.progress(claim, text)

    def _progress(self, done: int, expected: int, _: str) -> None:
        self.done, self.total = done, max(expected, done)
