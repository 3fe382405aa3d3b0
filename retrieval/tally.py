"""What a run over a source did, counted while it runs and reported at its end."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

CANCELLED, DELETIONS_REFUSED = "cancelled", "deletions_refused"  # notes of a report
MOST_NAMED = 20  # failures that a report names; all are counted


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that could not be taken in; its old version, if there was one, is still in the index."""

    id: str
    reason: str  # for the operator


@dataclass(frozen=True, slots=True)
class Report:
    """One run over one source. `notes` are the codes above."""

    source: str
    added: int
    changed: int
    unchanged: int
    deleted: int
    kept: int  # documents that vanished from the source and were not deleted: see the note deletions_refused
    failed: int
    failures: tuple[Failure, ...]  # the first 20
    chunks: int  # written in this run
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def documents(self) -> int:
        """Documents of this source that can be found now, but for those whose old version was kept after a failure."""
        return self.added + self.changed + self.unchanged


@dataclass(slots=True)
class Tally:
    """Counts of a run under way."""

    source: str
    known: Mapping[str, str]  # id -> etag at the start
    present: set[str] = field(default_factory=set)  # ids that the source still has, readable or not
    sheltered: list[str] = field(default_factory=list)  # prefixes of ids that may still be there
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    kept: int = 0
    failed: int = 0
    chunks: int = 0
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @property
    def done(self) -> int:
        """Documents looked at so far."""
        return self.added + self.changed + self.unchanged + self.failed

    def wrote(self, id_: str, chunks: int) -> None:
        """A document is in the index in its new version."""
        self.chunks += chunks
        if id_ in self.known:
            self.changed += 1
        else:
            self.added += 1

    def fail(self, id_: str, reason: str) -> None:
        """A document could not be taken in."""
        self.failed += 1
        if len(self.failures) < MOST_NAMED:
            self.failures.append(Failure(id_, reason))

    def vanished(self) -> list[str]:
        """Known documents that the source no longer has."""
        shelters = tuple(self.sheltered)
        return sorted(id_ for id_ in self.known if id_ not in self.present and not id_.startswith(shelters))

    def report(self) -> Report:
        """The counts so far."""
        return Report(
            source=self.source,
            added=self.added,
            changed=self.changed,
            unchanged=self.unchanged,
            deleted=self.deleted,
            kept=self.kept,
            failed=self.failed,
            failures=tuple(self.failures),
            chunks=self.chunks,
            seconds=round(time.monotonic() - self.started, 3),
            notes=tuple(self.notes),
        )
