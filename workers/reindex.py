"""The reindex job: one run at a time, progress in the chat, stoppable, and the old index serves until the new one is whole."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import structlog

from core import reindexing
from core.errors import DaedapError, LeaseLost, SettingsError
from core.ledger import Claim
from core.messages import Answer, Reindex
from core.texts import say
from retrieval.ingest import Control, ingest
from retrieval.protocols import IndexWriter, Source
from retrieval.registry import Library
from retrieval.tally import Report
from workers.protocols import Delivery
from workers.services import Services

log = structlog.get_logger()

PAUSE = 1.0  # seconds between two reports of progress


async def reindex(claim: Claim, delivery: Delivery, services: Services) -> Answer:
    """Run it, or say who does already. Failures become a sentence: the old index goes on serving."""
    work = claim.work
    assert isinstance(work, Reindex)
    if not await reindexing.begin(services.redis, claim.job, by=work.asker.id):
        status = await reindexing.status(services.redis)
        return _said(work, "reindex_running", by=status.by, done=status.done, total=status.total)
    try:
        outcome = await _run(work, Watch(claim, delivery, services))
    except SettingsError as error:
        log.warning("reindex.refused", reason=str(error))
        outcome = _refusal(work, claim, services)
    except DaedapError as error:
        log.error("reindex.failed", reason=str(error))
        outcome = _said(work, "reindex_failed", reference=claim.reference)
    await reindexing.end(services.redis, claim.job, outcome.text)
    return outcome


class Watch:
    """A run's progress, told to the chat and to Redis from beside it, and the wish to stop it, read there."""

    def __init__(self, claim: Claim, delivery: Delivery, services: Services) -> None:
        self.claim, self.delivery, self.services = claim, delivery, services
        self.done = self.total = 0
        self.stop = self.lost = False

    @property
    def control(self) -> Control:
        """What ingest calls between documents."""
        return Control(progress=self._progress, cancelled=lambda: self.stop)

    @contextlib.asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Tell about once a second while the body runs; raises LeaseLost when another run holds the lock."""
        beside = asyncio.create_task(self._tell())
        try:
            yield
        finally:
            beside.cancel()
        if self.lost:
            raise LeaseLost(self.claim.job)

    async def _tell(self) -> None:
        while True:
            wish = await reindexing.report(self.services.redis, self.claim.job, done=self.done, total=self.total)
            self.stop, self.lost = wish != "go on", wish == "lost"
            text = say("reindex_progress", self.claim.work.language, done=self.done, total=self.total or "?")
            await self.delivery.progress(self.claim, text)
            await asyncio.sleep(PAUSE)

    def _progress(self, done: int, total: int, _: str) -> None:
        self.done, self.total = done, max(total, done)


async def _run(work: Reindex, watch: Watch) -> Answer:
    library = watch.services.library
    sources = library.sources(work.source)
    writer = await asyncio.to_thread(library.writer, rebuild=work.rebuild)
    try:
        async with watch.telling():
            reports = await _ingested(sources, writer, library, watch=watch)
            if not watch.stop:
                await asyncio.to_thread(writer.publish)
                await asyncio.to_thread(writer.compact_if_needed)
    finally:
        await asyncio.to_thread(writer.close)
    return _summary(work, reports, watch)


async def _ingested(sources: Sequence[Source], writer: IndexWriter, library: Library, *, watch: Watch) -> list[Report]:
    reports = []
    for source in sources:
        if not watch.stop:
            reports.append(await ingest(source, writer, bench=library.bench, control=watch.control))
    return reports


def _summary(work: Reindex, reports: Sequence[Report], watch: Watch) -> Answer:
    if watch.stop:
        return _said(work, "reindex_cancelled", done=watch.done, total=watch.total)
    names = ("added", "changed", "unchanged", "deleted", "failed")
    sums = {name: sum(getattr(report, name) for report in reports) for name in names}
    seconds = round(sum(report.seconds for report in reports), 1)
    text = say("reindex_done", work.language, seconds=seconds, **sums)
    if refused := [report.source for report in reports if "deletions_refused" in report.notes]:
        text += "\n" + say("reindex_deletions_refused", work.language, sources=", ".join(refused))
    if failures := [f"• {failure.id}: {failure.reason}" for report in reports for failure in report.failures]:
        text += "\n" + say("reindex_failures", work.language, lines="\n".join(failures[:20]))
    return Answer(text=text, known=True, language=work.language)


def _refusal(work: Reindex, claim: Claim, services: Services) -> Answer:
    if work.source not in ("", *services.settings.sources):
        return _said(work, "reindex_bad_source", source=work.source, sources=", ".join(services.settings.sources))
    return _said(work, "reindex_failed", reference=claim.reference)


def _said(work: Reindex, key: str, **values: object) -> Answer:
    return Answer(text=say(key, work.language, **values), known=True, language=work.language)
