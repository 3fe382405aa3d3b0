"""The reindex job: one run at a time, progress in the chat, stoppable, and the old index serves until the new one is whole."""

from collections.abc import Sequence

import structlog

from core import reindexing
from core.errors import DaedapError, LeaseLost, Transient
from core.messages import Answer, Reindex
from core.texts import say
from retrieval.tally import DELETIONS_REFUSED, Report
from workers.frugal import reindexed
from workers.services import Attempt
from workers.watch import Watch

log = structlog.get_logger()


async def reindex(work: Reindex, attempt: Attempt) -> Answer:
    """Run it, or say who does already. What fails becomes a sentence: the old index goes on serving."""
    services, claim = attempt.services, attempt.claim
    if work.source not in ("", *services.settings.sources):
        return _said(work, "reindex_bad_source", source=work.source, sources=", ".join(services.settings.sources))
    if not await reindexing.begin(services.redis, claim.job, by=work.asker.id):
        status = await reindexing.status(services.redis)
        return _said(work, "reindex_running", by=status.by, done=status.done, total=status.total)
    try:
        outcome = await _run(work, attempt)
    except (LeaseLost, Transient):
        raise
    except DaedapError as error:
        log.warning("reindex.failed", reason=str(error))
        outcome = _said(work, "reindex_failed", reference=claim.reference)
    await reindexing.end(services.redis, claim.job, outcome.text)
    return outcome


async def _run(work: Reindex, attempt: Attempt) -> Answer:
    watch, settings = Watch(attempt), attempt.services.settings
    async with watch.telling():
        reports = await reindexed(settings, work.source, rebuild=work.rebuild, control=watch.control)
    if watch.stop:
        return _said(work, "reindex_cancelled", done=watch.done, total=watch.total)
    return _summary(work, reports, attempt.claim.reference)


def _summary(work: Reindex, reports: Sequence[Report], reference: str) -> Answer:
    names = ("added", "changed", "unchanged", "deleted", "failed", "seconds")
    sums = {name: sum(getattr(report, name) for report in reports) for name in names}
    text = say("reindex_done", work.language, **{**sums, "seconds": round(sums["seconds"], 1)})
    if refused := [report.source for report in reports if DELETIONS_REFUSED in report.notes]:
        text += "\n" + say("reindex_deletions_refused", work.language, sources=", ".join(refused))
    if sums["failed"]:  # a channel learns neither the names of documents nor the words of exceptions
        text += "\n" + say("reindex_failures", work.language, reference=reference)
    return Answer(text=text, known=True, language=work.language)


def _said(work: Reindex, key: str, **values: object) -> Answer:
    return Answer(text=say(key, work.language, **values), known=True, language=work.language)
