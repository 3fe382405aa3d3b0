"""Reading a file that may be anything: a pipe, a device, a link, too large, or changed while it is read."""

import errno
import os
import stat
from pathlib import Path

_TRIES = 3


class Unread(Exception):
    """Why a file could not be read."""


def read_stable(path: Path, *, inside: Path, most: int) -> bytes:
    """The whole content as it was at one moment. Raises Unread with the reason; never blocks on a pipe or a device.

    A link is followed to a file beneath `inside` only.
    """
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise Unread(f"gone, or a link that leads nowhere or in a circle ({_reason(error)})") from None
    if not real.is_relative_to(inside):
        raise Unread("a link to a place outside of the folder; copy the file into it")
    for _ in range(_TRIES):
        content = _read_once(real, most)
        if content is not None:
            return content
    raise Unread("it kept changing while it was read; the next run tries again")


def _read_once(path: Path, most: int) -> bytes | None:
    """None when the file changed meanwhile."""
    try:
        # O_NONBLOCK: opening a pipe without a writer would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise Unread("not a file" if error.errno == errno.ENXIO else _reason(error)) from None
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise Unread("not a file (a pipe, a device or a socket)")
        if before.st_size > most:
            raise Unread(f"{before.st_size / 1e6:.1f} MB is more than the limit of {most / 1e6:g} MB")
        try:
            content = file.read(most + 1)
        except OSError as error:
            raise Unread(_reason(error)) from None
        after = os.fstat(descriptor)
    unchanged = (
        (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns) == (len(content), after.st_mtime_ns)
    )
    return content if unchanged else None


def _reason(error: OSError | RuntimeError) -> str:
    return getattr(error, "strerror", None) or str(error)
