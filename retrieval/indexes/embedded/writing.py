"""The two ways to write an embedded index: go on with the one that is there, or build a new generation beside it."""

from pathlib import Path

from retrieval.indexes.embedded import layout
from retrieval.indexes.embedded.choice import clear_unfinished
from retrieval.indexes.embedded.lock import WriterLock
from retrieval.indexes.embedded.recovery import open_current
from retrieval.indexes.embedded.store import Store
from retrieval.indexes.embedded.writer import EmbeddedWriter
from retrieval.protocols import Fingerprint

LOCK_WAIT = 10.0  # seconds


def open_writer(root: Path, fingerprint: Fingerprint, *, wait: float = LOCK_WAIT) -> EmbeddedWriter:
    """Open an index for writing, or make an empty one; what a killed writer left is mended first.

    Raises SettingsError when it was built with another fingerprint, IndexUnusable when no generation can be read, and
    Transient when another process is still writing after `wait` seconds.
    """
    lock = WriterLock.acquire(root, wait=wait)
    try:
        store, problem = open_current(root, fingerprint)
        return EmbeddedWriter(root, lock, store=store, fingerprint=fingerprint, problem=problem)
    except BaseException:
        lock.release()
        raise


def rebuild(root: Path, fingerprint: Fingerprint, *, wait: float = LOCK_WAIT) -> EmbeddedWriter:
    """Begin a new generation, which is to be filled wholly and is seen by readers from `publish` on.

    Needs nothing of what is there, so it is the way out of every unusable index. Raises Transient like `open_writer`.
    """
    lock = WriterLock.acquire(root, wait=wait)
    try:
        clear_unfinished(root)
        store = Store.create(root / layout.following(root), fingerprint)
        return EmbeddedWriter(root, lock, store=store, fingerprint=fingerprint)
    except BaseException:
        lock.release()
        raise
