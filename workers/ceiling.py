"""A worker that outgrows its memory ends at once: its questions go on elsewhere, and the machine need not choose a victim."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger()

# Ending is what the kernel's out-of-memory killer would do, only earlier and with a name in the log: leases run out, the
# drop is counted, and a question before which every worker dropped works alone and is given up after three attempts.
# RLIMIT_AS would count what models and indexes map without using it; a polite end would not count the attempt.
OUTGROWN = 88  # exit code
PAUSE = 0.25  # seconds between two looks; memory is filled at a few GB a second at most
NAMED = 20  # questions in the log


def watch_memory(megabytes: int, running: Callable[[], list[str]]) -> None:
    """Watch from a thread of its own; `running` names the jobs in hand. Linux only: elsewhere nothing tells what is used."""
    with suppress(OSError):  # where memory ends before we look: rather this process than Redis or the bot
        Path("/proc/self/oom_score_adj").write_text("500")
    if anonymous() is None:
        log.info("worker.memory_unwatched")
        return
    threading.Thread(target=_watch, args=(megabytes, running), name="ceiling", daemon=True).start()


def anonymous() -> int | None:
    """Megabytes of this process that are no file's: swapped ones too. None where the system does not tell."""
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "VmSwap:"))) // 1024
    return None


def _watch(megabytes: int, running: Callable[[], list[str]]) -> None:
    while (used := anonymous() or 0) <= megabytes:
        time.sleep(PAUSE)
    log.critical("worker.outgrown", megabytes=used, allowed=megabytes, jobs=running()[:NAMED])
    os._exit(OUTGROWN)
