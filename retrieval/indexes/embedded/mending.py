"""What a reader does about lost words or int8 vectors: make them anew, unless a writer is already at it."""

import sqlite3
import time
from pathlib import Path

from core.errors import IndexUnusable, Transient
from retrieval.indexes.embedded.layout import REBUILD
from retrieval.indexes.embedded.lock import WriterLock
from retrieval.indexes.embedded.recovery import is_whole, open_store
from retrieval.protocols import Fingerprint

PATIENCE = 60.0  # seconds: 100,000 chunks take about 10
LOOK = 0.5  # seconds between two looks at what another process does


def wait_until_whole(folder: Path, connection: sqlite3.Connection, fingerprint: Fingerprint) -> None:
    """Return when every derived part of a generation is there. Raises IndexUnusable when that does not come to pass."""
    deadline = time.monotonic() + PATIENCE
    while not is_whole(folder, connection):
        if time.monotonic() > deadline:
            raise IndexUnusable(f"{folder}: words or vectors are damaged while another process writes. {REBUILD}")
        _mend(folder, fingerprint)


def _mend(folder: Path, fingerprint: Fingerprint) -> None:
    try:
        lock = WriterLock.acquire(folder.parent, wait=LOOK)
    except Transient:
        return  # the writer that holds the lock mends before it writes
    try:
        open_store(folder, fingerprint).close()
    finally:
        lock.release()
