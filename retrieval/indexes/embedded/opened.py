"""A generation open for reading: connections to its database, its words and the newest snapshot, for all threads."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import TypeVar

from core.errors import Transient
from retrieval.indexes.embedded import layout
from retrieval.indexes.embedded.choice import check_fingerprint
from retrieval.indexes.embedded.database import connect, read_version
from retrieval.indexes.embedded.mending import wait_until_whole
from retrieval.indexes.embedded.snapshot import Snapshot, take
from retrieval.indexes.embedded.words import WordsReader
from retrieval.protocols import Fingerprint

Result = TypeVar("Result")
Work = Callable[[Snapshot, sqlite3.Connection], Result]

ATTEMPTS = 200  # at a snapshot between two commits; one attempt takes about 1 ms


class OpenGeneration:
    """Thread-safe. `read` gives work a snapshot and a connection that sees the very same version."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._words = WordsReader(folder)
        self._snapshot: Snapshot | None = None
        self._renewing = Lock()
        self._lending = Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    def read(self, work: Work[Result]) -> Result:
        """Do some work on the newest commit."""
        connection = self._borrow()
        try:
            return work(self._pinned(connection), connection)
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close the connections: idle ones now, those at work when they come back."""
        with self._lending:
            self._closed = True
            while self._idle:
                self._idle.pop().close()

    def _borrow(self) -> sqlite3.Connection:
        with self._lending:
            if self._idle:
                return self._idle.pop()
        return connect(self.folder, readonly=True)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("rollback")
        with self._lending:
            if self._closed:
                connection.close()
            else:
                self._idle.append(connection)

    def _pinned(self, connection: sqlite3.Connection) -> Snapshot:
        for _ in range(ATTEMPTS):
            connection.execute("begin")
            version = read_version(connection)
            snapshot = self._snapshot
            if snapshot and snapshot.version == version:
                return snapshot
            connection.execute("rollback")
            self._renew(connection, version)
        raise Transient(f"{self.folder}: commits follow each other too fast to read between them.")

    def _renew(self, connection: sqlite3.Connection, version: int) -> None:
        with self._renewing:
            if self._snapshot and self._snapshot.version >= version:
                return
            words = self._words.view()
            connection.execute("begin")
            # Words drop dead rows only after SQLite's COMMIT: while it is this version, none of its rows are missing.
            if read_version(connection) == version:
                self._snapshot = take(self.folder, connection, words, after=self._snapshot)
            connection.execute("rollback")


def open_generation(folder: Path, fingerprint: Fingerprint) -> OpenGeneration:
    """Open a generation for reading; lost derived parts are made anew first. Raises IndexUnusable and SettingsError."""
    try:
        with closing(connect(folder, readonly=True)) as connection:
            check_fingerprint(folder, connection, fingerprint)
            wait_until_whole(folder, connection, fingerprint)
        opened = OpenGeneration(folder)
        opened.read(lambda snapshot, _: snapshot.version)
    except (sqlite3.Error, OSError, ValueError) as error:
        raise layout.unreadable(folder, error) from error
    return opened
