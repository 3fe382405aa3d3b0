"""One child process: how it is started on a leash, why it ended, how it is stopped."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.watch import Vital
from workers.ceiling import OUTGROWN

LEASH = str(Path(__file__).with_name("leash.py"))
KEPT = 3  # logs of earlier starts


@dataclass(frozen=True, slots=True)
class Program:
    """What to run; `patience`: seconds it gets between SIGTERM and SIGKILL; `vital`: whether it does its work."""

    name: str
    argv: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    patience: float = 5.0
    vital: Vital | None = field(default=None, repr=False)


async def spawn(program: Program) -> asyncio.subprocess.Process:
    """Start it in a session of its own: Ctrl-C on the terminal reaches only us, and its whole group can be killed.

    Must be called on the main thread: the kernel ties the leash to the thread that forked.
    """
    with program.log.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", LEASH, str(os.getpid()), *program.argv),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
            env={**program.environment, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )


def rotate(log: Path) -> None:
    """Begin a new log file; the last few are kept as NAME.log.1 (newest) and so on."""
    log.parent.mkdir(parents=True, exist_ok=True)
    for age in range(KEPT, 0, -1):
        older = log.with_name(f"{log.name}.{age - 1}") if age > 1 else log
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{age}"))


def reason(code: int) -> str:
    """Why a process with this return code ended, in words."""
    if code == OUTGROWN:
        return "outgrew its memory (its log names the questions; setting worker_megabytes)"
    if code >= 0:
        return f"ended with exit code {code}"
    return f"killed by {signal.Signals(-code).name}"


async def stop(process: asyncio.subprocess.Process, *, patience: float, hurry: asyncio.Event) -> None:
    """SIGTERM, then SIGKILL to its group after `patience` seconds or when `hurry` is set; returns when it is gone."""
    if process.returncode is None:
        process.terminate()
        ended, hurried = asyncio.create_task(process.wait()), asyncio.create_task(hurry.wait())
        await asyncio.wait((ended, hurried), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
    end_group(process.pid)
    await process.wait()


def end_group(pid: int) -> None:
    """Kill what is left of the group that `pid` led; a group that is gone already is fine."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, for the person at the console."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
