"""Keeps programs at work: starts them, starts them again when they die or do nothing, says so, and stops them in order."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cli.program import Program, end_group, reason, rotate, spawn, stop, tail
from cli.terminal import Terminal
from cli.watch import LOOK, Symptom, Watch

OFTEN = 5  # deaths ...
WINDOW = 30.0  # ... within these seconds mean that starting it at once again does not help
PAUSE = 10.0  # seconds between tries from then on
LAST = 10.0  # seconds for a program that is replaced to hand back what it holds


@dataclass(frozen=True, slots=True)
class Crew:
    """`programs` gives, for the address of Redis, the groups in starting order; `greet` runs once the page answers."""

    programs: Callable[[str], list[list[Program]]]
    greet: Callable[[str], Awaitable[None]]


class Supervisor:
    """Programs are kept in groups; the group started last is stopped first, the members of a group together."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._groups: list[list[_Keeper]] = []
        self._hurry = asyncio.Event()

    async def start(self, *programs: Program) -> None:
        """Start a group and keep it running from now on."""
        group: list[_Keeper] = []
        self._groups.append(group)
        for program in programs:
            keeper = _Keeper(program, self._terminal)
            await keeper.start()
            group.append(keeper)

    async def stop(self) -> None:
        """Stop everything, last group first; returns when no process is left."""
        while self._groups:
            group = self._groups.pop()
            await asyncio.gather(*(keeper.stop(self._hurry) for keeper in group))

    def hurry(self) -> None:
        """Stop waiting for anybody: kill."""
        self._hurry.set()


class _Keeper:
    """One program, its present process and how often it died."""

    def __init__(self, program: Program, terminal: Terminal) -> None:
        self._program, self._terminal = program, terminal
        self._deaths: deque[float] = deque(maxlen=OFTEN)
        self._count = 0
        self._why = ""  # we ended it ourselves

    async def start(self) -> None:
        rotate(self._program.log)
        self._process = await spawn(self._program)
        self._keeping = [asyncio.create_task(self._keep())]
        if self._program.vital:
            self._watch = Watch(self._program.vital)
            self._keeping.append(asyncio.create_task(self._look()))

    async def stop(self, hurry: asyncio.Event) -> None:
        while beside := [task for task in self._keeping if not task.done()]:
            for task in beside:
                task.cancel()
            # again after a second: redis-py swallows a cancellation now and then, and `up` would never end
            await asyncio.wait(beside, timeout=1)
        # a cancelled spawn has either not begun or left its process in _process
        await stop(self._process, patience=self._program.patience, hurry=hurry)

    async def _keep(self) -> None:
        while True:
            code = await self._process.wait()
            end_group(self._process.pid)  # what it left behind would hold its port or its files
            self._count += 1
            self._deaths.append(time.monotonic())
            await asyncio.sleep(self._explain(code))
            self._process = await spawn(self._program)
            if self._program.vital:
                self._watch.born()

    async def _look(self) -> None:
        """Replace a process that lives and does no work; `_keep` finds it dead and starts the next."""
        while True:
            await asyncio.sleep(LOOK)
            process = self._process
            if process.returncode is None and (symptom := await self._watch.look(process.pid)):
                await self._replace(process, symptom)

    async def _replace(self, process: asyncio.subprocess.Process, symptom: Symptom) -> None:
        if process.returncode is None:
            self._why = symptom.text
            await stop(process, patience=LAST if symptom.gently else 0, hurry=asyncio.Event())

    def _explain(self, code: int) -> float:
        """Say what happened; returns the seconds to wait before the next start."""
        what = f"{self._program.name} {f'was replaced: {self._why}' if self._why else reason(code)}"
        self._why = ""
        often = len(self._deaths) == OFTEN and self._deaths[-1] - self._deaths[0] < WINDOW
        if not often:
            self._terminal.say(f"{what}; started again (death {self._count} of this run)")
            return 0.0
        self._terminal.say(
            f"{what}, {self._count} times now; trying again every {PAUSE:.0f} s. The end of {self._program.log}:"
        )
        self._terminal.show(tail(self._program.log))
        return PAUSE
