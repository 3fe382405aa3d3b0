"""A generation as its one writer holds it, and the order of steps that makes a commit whole or absent after kill -9."""

import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from retrieval.indexes.embedded import database
from retrieval.indexes.embedded.batch import Batch, Codes
from retrieval.indexes.embedded.layout import VECTORS, sync_folder
from retrieval.indexes.embedded.lexicon import Lexicon
from retrieval.indexes.embedded.records import read_document
from retrieval.indexes.embedded.vectors import LegFiles, Stored
from retrieval.models import Document
from retrieval.protocols import Fingerprint


class Store:
    """The files of a generation, open for writing. After an exception in `apply` it must be dropped and opened anew."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, lexicon: Lexicon) -> None:
        self.folder, self.connection, self.lexicon = folder, connection, lexicon
        self.state = database.read_state(connection)
        self._acl = Codes(readers for (readers,) in connection.execute("select readers from acl order by code"))
        tags: list[tuple[str, str]] = connection.execute("select source, language from tag order by code").fetchall()
        self._tag = Codes(tags)
        legs = connection.execute("select name, dimension, pieces from leg").fetchall()
        self._legs = {name: LegFiles(folder, name, dimension) for name, dimension, _ in legs}
        self._pieces: dict[str, int] = {name: pieces for name, _, pieces in legs}

    @classmethod
    def create(cls, folder: Path, fingerprint: Fingerprint) -> Self:
        """A new, empty generation."""
        (folder / VECTORS).mkdir(parents=True)
        database.create(folder, fingerprint)
        lexicon = Lexicon.create(folder)
        sync_folder(folder)
        sync_folder(folder.parent)
        return cls(folder, database.connect(folder), lexicon)

    def batch(self) -> Batch:
        """An empty batch that continues this generation."""
        return Batch(self.state.rows, self._acl, self._tag)

    def apply(self, batch: Batch) -> None:
        """Commit a batch, in this order: what is not in SQLite does not exist, and what it names is on disk before."""
        self._append_vectors(batch)
        if batch.words:
            self.lexicon.add(batch.words)
            self.lexicon.commit()
        self._write(batch)
        if batch.dead:  # never before SQLite's COMMIT; after a kill here, recovery does it from segment.dead
            self.lexicon.delete(batch.dead)
            self.lexicon.commit()

    def dimensions(self) -> dict[str, int]:
        """Leg -> dimension, of those that have a committed vector."""
        return {name: files.dimension for name, files in self._legs.items()}

    def vectors(self) -> dict[str, Stored]:
        """Leg -> all committed pieces."""
        return {name: (self._owners(name), files.read(self._pieces[name]).halves) for name, files in self._legs.items()}

    def known(self, source: str) -> Mapping[str, str]:
        """Document id -> etag of everything committed for this source."""
        return dict(self.connection.execute("select id, etag from document where source = ?", (source,)).fetchall())

    def document(self, document_id: str) -> Document | None:
        """A committed document, with its text."""
        return read_document(self.connection, document_id)

    def live(self) -> int:
        """Number of live chunks."""
        count: int = self.connection.execute("select count(*) from chunk").fetchone()[0]
        return count

    def mark_published(self) -> None:
        """Say that this generation is whole, durably, before CURRENT names it."""
        database.write_state(self.connection, published=1)
        self.connection.execute("pragma wal_checkpoint(truncate)")
        self.state = database.read_state(self.connection)
        sync_folder(self.folder)

    def close(self) -> None:
        """Wait for tantivy's merges and let go of the files."""
        try:
            self.lexicon.close()
        finally:
            self.connection.close()

    def discard(self) -> None:
        """Close it and remove its files."""
        self.close()
        shutil.rmtree(self.folder)

    def _append_vectors(self, batch: Batch) -> None:
        for name, pieces in batch.joined().items():
            files = self._legs.setdefault(name, LegFiles(self.folder, name, pieces.codes.shape[1]))
            files.append(pieces)
            self._pieces[name] = self._pieces.get(name, 0) + len(pieces.scales)

    def _write(self, batch: Batch) -> None:
        self.connection.execute("begin immediate")
        self._write_codes()
        self._write_documents(batch)
        self._write_rows(batch)
        self._write_state(batch)
        self.connection.execute("commit")
        self._acl.written()
        self._tag.written()
        self.state = database.read_state(self.connection)

    def _write_codes(self) -> None:
        self.connection.executemany("insert into acl values (?, ?)", self._acl.news())
        news = ((code, *value) for code, value in self._tag.news())
        self.connection.executemany("insert into tag values (?, ?, ?)", news)

    def _write_documents(self, batch: Batch) -> None:
        gone = [(key,) for key in batch.removed]
        self.connection.executemany("delete from document where key = ?", gone)
        self.connection.executemany("delete from body where document = ?", gone)
        self.connection.executemany("replace into document values (?, ?, ?, ?, ?, ?, ?, ?, ?)", batch.documents)
        self.connection.executemany("replace into body values (?, ?)", batch.bodies)

    def _write_rows(self, batch: Batch) -> None:
        self.connection.executemany("delete from chunk where row = ?", [(row,) for row in batch.dead])
        self.connection.executemany("insert into chunk values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", batch.chunks)
        version = self.state.version + 1
        self.connection.execute("insert into segment values (?, ?, ?, ?, ?, ?)", (version, *batch.segment))
        owners = [(version, leg, np.array(rows, np.int32).tobytes()) for leg, rows in batch.owners.items()]
        self.connection.executemany("insert into piece values (?, ?, ?)", owners)

    def _write_state(self, batch: Batch) -> None:
        legs = [(name, self._legs[name].dimension, self._pieces[name]) for name in batch.owners]
        self.connection.executemany("replace into leg values (?, ?, ?)", legs)
        database.write_state(
            self.connection,
            version=self.state.version + 1,
            rows=batch.first + len(batch.chunks),
            length=self.state.length + batch.length,
            words_version=self.state.version,
        )

    def _owners(self, leg: str) -> NDArray[np.int32]:
        parts = self.connection.execute("select owner from piece where leg = ? order by version", (leg,))
        return np.concatenate([np.zeros(0, np.int32), *(np.frombuffer(owner, np.int32) for (owner,) in parts)])
