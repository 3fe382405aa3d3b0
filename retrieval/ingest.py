"""One run over a source: what is new or changed goes into the index, what vanished goes out, what fails is reported."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from core.errors import BadDocument, DaedapError
from retrieval.guard import within
from retrieval.models import Entry, RawDocument
from retrieval.prepare import Prepared, Workbench
from retrieval.protocols import IndexWriter, Source, SourceItem, Unchanged, Unreadable
from retrieval.tally import CANCELLED, DELETIONS_REFUSED, Report, Tally

log = structlog.get_logger()

DOCUMENT_SECONDS = 30.0  # to parse and cut one document
BATCH_CHUNKS = 64  # analysed and embedded together
COMMIT_CHUNKS, COMMIT_SECONDS = (
    5_000,
    15.0,
)  # a commit costs 33 ms; what is not committed is in memory, and lost by a kill
_READERS = "~"  # in a stored etag: the source's etag, then a digest of the readers

Progress = Callable[[int, int, str], None]  # documents done, documents expected (0 = unknown), id of the current one


@dataclass(frozen=True, slots=True)
class Control:
    """How a run is watched, stopped and forced. `cancelled` is asked between documents."""

    progress: Progress = lambda *_: None
    cancelled: Callable[[], bool] = lambda: False
    force: bool = False  # delete even when most of the source has vanished


async def ingest(source: Source, writer: IndexWriter, *, bench: Workbench, control: Control = Control()) -> Report:
    """Bring what `writer` holds of `source` up to date, commit by commit; the caller publishes and closes.

    A document that fails is counted and named, and its old version stays. When less than half of the documents known
    before are still there, nothing is deleted unless forced: a disk that is not mounted looks just like that.
    Raises EmbedderDown, SettingsError (of the source) and IndexUnusable; what was committed by then stays.
    """
    known = dict(await asyncio.to_thread(writer.known, source.name))
    run = _Run(writer, bench, Tally(source.name, known))
    documents = source.documents({id_: etag.partition(_READERS)[0] for id_, etag in known.items()})
    async for item in documents:
        if control.cancelled():
            run.tally.notes.append(CANCELLED)
            break
        control.progress(run.tally.done + len(run.waiting), source.expected or len(known), item.id)
        await run.take(item)
    else:
        await run.flush()
        await run.delete_vanished(force=control.force)
    await run.commit()
    report = run.tally.report()
    log.info("ingest.done", source=source.name, added=report.added, changed=report.changed, deleted=report.deleted,
             failed=report.failed, seconds=report.seconds)  # fmt: skip
    return report


class _Run:
    """The moving parts of a run; the writer is used by one thread at a time."""

    def __init__(self, writer: IndexWriter, bench: Workbench, tally: Tally) -> None:
        self.tally = tally
        self.waiting: list[Prepared] = []
        self._writer, self._bench = writer, bench
        self._uncommitted = 0
        self._committed_at = time.monotonic()

    async def take(self, item: SourceItem) -> None:
        """One document of the source, whatever became of it."""
        match item:
            case Unchanged(id_):
                self.tally.present.add(id_)
                self.tally.unchanged += 1
            case Unreadable():
                await self._unreadable(item)
            case RawDocument():
                self.tally.present.add(item.id)
                await self._read(item)
        if sum(len(one.chunks) for one in self.waiting) >= BATCH_CHUNKS:
            await self.flush()
        if self._uncommitted >= COMMIT_CHUNKS or time.monotonic() - self._committed_at > COMMIT_SECONDS:
            await self.flush()
            await self.commit()

    async def flush(self) -> None:
        """Analyse, embed and hand over what waits. Raises EmbedderDown: half an index without vectors is none."""
        batch, self.waiting = self.waiting, []
        if not batch:
            return
        try:
            made = await asyncio.to_thread(self._bench.entries, batch)
        except DaedapError:
            raise
        except Exception:  # noqa: BLE001  one document of the batch is bad: find it, keep the others
            for one in batch:
                await self._alone(one)
            return
        for one, entries in zip(batch, made, strict=True):
            await self._write(one, entries)

    async def delete_vanished(self, *, force: bool) -> None:
        """Remove what the source no longer has, unless suspiciously much of it is gone."""
        gone = self.tally.vanished()
        if gone and not force and len(self.tally.present) * 2 < len(self.tally.known):
            self.tally.kept = len(gone)
            self.tally.notes.append(DELETIONS_REFUSED)
            log.warning(
                "ingest.deletions_refused", source=self.tally.source, vanished=len(gone), known=len(self.tally.known)
            )
            return
        for id_ in gone:
            await asyncio.to_thread(self._writer.delete, id_)
        self.tally.deleted = len(gone)

    async def commit(self) -> None:
        """Make what was handed over visible."""
        await asyncio.to_thread(self._writer.commit)
        self._uncommitted, self._committed_at = 0, time.monotonic()

    async def _read(self, raw: RawDocument) -> None:
        etag = f"{raw.etag}{_READERS}{_digest(raw.readers)}"
        try:
            prepared = await within(DOCUMENT_SECONDS, lambda: self._bench.prepare(raw, etag))
        except Exception as error:  # noqa: BLE001  one document must never stop a run
            await self._failed(raw.id, _reason(error), raw.readers)
            return
        if raw.id in self.tally.known and await asyncio.to_thread(self._writer.update, prepared.document):
            self._uncommitted += 1
            self.tally.wrote(raw.id, 0)
        else:
            self.waiting.append(prepared)

    async def _alone(self, one: Prepared) -> None:
        try:
            made = await asyncio.to_thread(self._bench.entries, [one])
        except DaedapError:
            raise
        except Exception as error:  # noqa: BLE001  one document must never stop a run
            await self._failed(one.document.id, _reason(error), one.document.readers)
        else:
            await self._write(one, made[0])

    async def _write(self, one: Prepared, entries: Sequence[Entry]) -> None:
        try:
            await asyncio.to_thread(self._writer.upsert, one.document, entries)
        except BadDocument as error:
            await self._failed(one.document.id, str(error), one.document.readers)
        else:
            self._uncommitted += len(entries)
            self.tally.wrote(one.document.id, len(entries))

    async def _unreadable(self, item: Unreadable) -> None:
        self.tally.present.add(item.id)
        if item.id.endswith("/"):
            self.tally.sheltered.append(item.id)
        await self._failed(item.id, item.reason, item.readers)

    async def _failed(self, id_: str, reason: str, readers: frozenset[str] | None) -> None:
        """Report a document; its old version stays, unless people could read it who no longer may."""
        old = self.tally.known.get(id_, "")
        if old and readers is not None and old.partition(_READERS)[2] != _digest(readers):
            await asyncio.to_thread(self._writer.delete, id_)
            self._uncommitted += 1
            reason += "; its readers changed, so its old version was removed"
        self.tally.fail(id_, reason)
        log.info("ingest.document_failed", document=id_, reason=reason)


def _digest(readers: frozenset[str]) -> str:
    return hashlib.blake2b("\0".join(sorted(readers)).encode(), digest_size=8).hexdigest()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"it took longer than {DOCUMENT_SECONDS:g} seconds to read"
    return str(error) if isinstance(error, DaedapError) else f"{type(error).__name__}: {error}"
