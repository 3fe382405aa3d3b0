"""The one writer of an embedded index: changes are gathered, then committed whole; a rebuild is seen once published."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from core.errors import IndexUnusable
from retrieval.indexes.embedded import layout
from retrieval.indexes.embedded.changes import Change, Delete, Preparer, Put, Retouch
from retrieval.indexes.embedded.filling import copy, fill
from retrieval.indexes.embedded.lock import WriterLock
from retrieval.indexes.embedded.store import Store
from retrieval.models import Document, Entry
from retrieval.protocols import Fingerprint

log = structlog.get_logger()

WASTE = 0.3  # share of dead rows at which a generation is copied without them


class EmbeddedWriter:
    """See `protocols.IndexWriter`. Not thread-safe. Made by `open_writer` and `rebuild`; to be closed in any case."""

    def __init__(
        self, root: Path, lock: WriterLock, *, store: Store, fingerprint: Fingerprint, problem: str | None = None
    ) -> None:
        self.fingerprint = fingerprint
        self.problem = problem  # what could not be read at opening, when an older generation took its place
        self._root, self._lock, self._store = root, lock, store
        self._changes: dict[str, Change] = {}
        self._preparer = Preparer(fingerprint.legs, store.dimensions())
        self._failed = False

    @property
    def rebuilding(self) -> bool:
        """Whether readers see nothing of this until `publish`."""
        return not self._store.state.published

    def known(self, source: str) -> Mapping[str, str]:
        """Document id -> etag of everything committed for this source."""
        with self._at_work() as store:
            return store.known(source)

    def upsert(self, document: Document, entries: Sequence[Entry]) -> None:
        """Put a document in place of what was there under its id. Raises BadDocument when an entry does not fit."""
        self._changes[document.id] = self._preparer.put(document, entries)

    def update(self, document: Document) -> bool:
        """Change what does not touch words and vectors; see the protocol."""
        match self._changes.get(document.id):
            case Put(waiting, text, pieces):
                change: Change = Put(document, text, pieces)
                old: Document | None = waiting
            case Delete():
                return False
            case _:
                with self._at_work() as store:
                    old = store.document(document.id)
                change = Retouch(document)
        if old is None or _words(document) != _words(old):
            return False
        self._changes[document.id] = change
        return True

    def delete(self, document_id: str) -> None:
        """Remove a document; an unknown one is no error."""
        self._changes[document_id] = Delete()

    def commit(self) -> None:
        """All that was asked for since the last commit, or nothing. After an error this writer can only be closed."""
        changes, self._changes = self._changes, {}
        with self._at_work() as store:
            if changes:
                self._failed = True
                store.apply(fill(store, changes))
                self._failed = False

    def publish(self) -> None:
        """Commit; a rebuild becomes the generation in use, and the one before it is kept until the next."""
        self.commit()
        if not self._store.state.published:
            self._switch()
            log.info("index.published", generation=self._store.folder.name, chunks=self._store.live())

    def compact_if_needed(self) -> bool:
        """Copy the live rows to a new generation when too many are dead; what is not committed stays asked for."""
        with self._at_work() as store:
            live, rows = store.live(), store.state.rows
            if not store.state.published or rows - live <= WASTE * rows:
                return False
            fresh = Store.create(self._root / layout.following(self._root), self.fingerprint)
            try:
                copy(store, fresh)
            except BaseException:
                fresh.discard()
                raise
        self._store = fresh
        store.close()
        self._switch()
        log.info("index.compacted", generation=self._store.folder.name, chunks=live, removed=rows - live)
        return True

    def close(self) -> None:
        """Let go of the index; a rebuild that was not published is removed."""
        try:
            if self._store.state.published:
                self._store.close()
            else:
                self._store.discard()
        finally:
            self._lock.release()

    def _switch(self) -> None:
        self._store.mark_published()
        layout.switch(self._root, self._store.folder.name)
        layout.remove_old(self._root, self._store.folder.name)

    @contextmanager
    def _at_work(self) -> Iterator[Store]:
        if self._failed:
            raise IndexUnusable(f"{self._store.folder}: a commit failed; close this writer and open the index again.")
        store = self._store
        try:
            yield store
        except sqlite3.DatabaseError as error:
            raise layout.unreadable(store.folder, error) from error


def _words(document: Document) -> tuple[str, str, str]:
    """What the words and vectors of a document's chunks were made from."""
    return document.text, document.title, document.language
