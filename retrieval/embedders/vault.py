"""A bounded box of bytes by key in one SQLite file, shared by threads and processes; broken or full, it is as if empty."""

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import structlog

LARGEST = 400_000  # rows kept: about 400 MB of 384 half floats
_TABLE = "create table if not exists vector(key blob primary key, turn integer not null, value blob not null)"
_INDEX = "create index if not exists vector_turn on vector(turn)"
_AT_ONCE = 500  # keys per statement; old SQLite builds allow 999
_SWEEP = 64  # puts between two counts of the rows

Result = TypeVar("Result")
log = structlog.get_logger()


class Vault:
    """Get and put, nothing else. Losing it costs time, never an answer: an error is logged once and counts as a miss."""

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self._path, self._largest = path, largest
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._broken = False

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is there of these keys."""
        return self._safely(lambda connection: _found(connection, keys), {})

    def put(self, values: Mapping[bytes, bytes]) -> None:
        """Keep these; the oldest tenth goes when there are too many."""
        if values:
            self._safely(lambda connection: self._write(connection, values), None)

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._lock:
            if self._connection:
                self._connection.close()
            self._connection = None

    def _safely(self, work: Callable[[sqlite3.Connection], Result], otherwise: Result) -> Result:
        with self._lock:
            if self._broken:
                return otherwise
            try:
                self._connection = self._connection or self._connect()
                return work(self._connection)
            except (sqlite3.Error, OSError) as error:
                self._broken = True
                log.warning("embeddings.cache_unusable", file=str(self._path), reason=str(error))
                return otherwise

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=10, check_same_thread=False)  # guarded by our lock
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=normal")  # a lost vector is made again
        connection.execute(_TABLE)
        connection.execute(_INDEX)
        return connection

    def _write(self, connection: sqlite3.Connection, values: Mapping[bytes, bytes]) -> None:
        with connection:
            (turn,) = connection.execute("select coalesce(max(turn), 0) + 1 from vector").fetchone()
            rows = [(key, turn, value) for key, value in values.items()]
            connection.executemany("insert or replace into vector values(?, ?, ?)", rows)
            if turn % _SWEEP == 0 or len(rows) > self._largest // _SWEEP:
                self._sweep(connection)

    def _sweep(self, connection: sqlite3.Connection) -> None:
        (count,) = connection.execute("select count(*) from vector").fetchone()
        if count > self._largest:
            oldest = "delete from vector where key in (select key from vector order by turn limit ?)"
            connection.execute(oldest, (count - self._largest * 9 // 10,))


def _found(connection: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        found.update(connection.execute(f"select key, value from vector where key in ({marks})", some))  # noqa: S608
    return found
