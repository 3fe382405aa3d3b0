"""A real `daedap up` with a small crew, watched from outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.conftest import free_port

ROOT = Path(__file__).parents[2]


def until(holds: Callable[[], bool], *, seconds: float = 30.0) -> float:
    """Wait for a fact; gives the seconds it took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds, "it did not become true in time"
        time.sleep(0.02)
    return time.monotonic() - begun


class Up:
    """One run of `small_up.py` on a data folder, with the terminal as a file."""

    def __init__(self, data_dir: Path, *, output: int | None = None, **environment: str) -> None:
        data_dir.mkdir(exist_ok=True)
        self.data_dir, self.terminal = data_dir, data_dir / "terminal"
        self.port = int(environment.pop("port", free_port()))
        mine = {"DAEDAP_DATA_DIR": str(data_dir), "DAEDAP_BIND": f"127.0.0.1:{self.port}", "PYTHONPATH": str(ROOT)}
        (data_dir / "greeted").unlink(missing_ok=True)
        with self.terminal.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.cli.small_up"],
                env={**os.environ, **mine, **environment},
                cwd=ROOT,
                stdout=output or out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def shown(self) -> str:
        return self.terminal.read_text()

    def ready(self) -> "Up":
        until(lambda: (self.data_dir / "greeted").exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.shown
        return self

    @property
    def redis_url(self) -> str:
        return (self.data_dir / "greeted").read_text()

    def children(self) -> dict[int, str]:
        """Every living process that writes to a log of this data folder: pid -> command line."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "fd" / "1").readlink().is_relative_to(self.data_dir / "logs"):
                    found[int(process.name)] = (process / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
        return found

    def child(self, word: str) -> int | None:
        """The process whose command line holds a word, once it is what it will be."""
        return next((pid for pid, line in self.children().items() if word in line and "leash.py" not in line), None)

    def interrupt(self, number: int = signal.SIGINT) -> int:
        """What a terminal does at Ctrl-C: the signal goes to the whole foreground group. Gives the exit code."""
        os.killpg(self.process.pid, number)
        return self.process.wait(timeout=40)

    def sweep(self) -> None:
        """Kill what a test left of the children."""
        for pid in self.children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not self.children())
