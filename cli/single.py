"""One `daedap up` a data folder: a lock that the kernel drops when its holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import SettingsError


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Hold the data folder, made when it is missing. Raises SettingsError with the pid of the process that has it."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        why = f"setting data_dir = {data_dir}: cannot be written ({error.strerror}). Set another: DAEDAP_DATA_DIR."
        raise SettingsError(why) from None
    with os.fdopen(descriptor, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(_refusal(data_dir, lock.read().strip())) from None
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _refusal(data_dir: Path, pid: str) -> str:
    return (
        f"setting data_dir = {data_dir}: `daedap up` is already running on it (pid {pid or 'unknown'}). "
        "Stop that one with Ctrl-C, or give this one its own: DAEDAP_DATA_DIR and DAEDAP_BIND."
    )
