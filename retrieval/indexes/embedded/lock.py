"""One writer at a time: a lock on a file, which the system lets go when its holder dies, however it dies."""

import fcntl
import os
import time
from pathlib import Path
from typing import Self

from core.errors import Transient

PAUSE = 0.05  # seconds between two attempts


class WriterLock:
    """The right to write one index, held by this object until `release`."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def acquire(cls, root: Path, *, wait: float) -> Self:
        """Take the lock within `wait` seconds or raise Transient naming the holder."""
        root.mkdir(parents=True, exist_ok=True)
        handle = os.open(root / "writer.lock", os.O_RDWR | os.O_CREAT, 0o644)
        deadline = time.monotonic() + wait
        while not cls._taken(handle):
            if time.monotonic() >= deadline:
                holder = os.read(handle, 20).decode("ascii", "replace") or "unknown"
                os.close(handle)
                raise Transient(f"{root}: process {holder} is writing this index; wait until it has finished.", after=5)
            time.sleep(PAUSE)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        return cls(handle)

    @staticmethod
    def _taken(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let others write. May be called again."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
