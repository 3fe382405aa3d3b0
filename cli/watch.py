"""How long a program's symptoms may last before it is replaced; a verdict needs them at every look, and never comes often."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

LOOK = 1.0  # seconds between two looks
BIRTH = 60.0  # seconds that a new process has until it is well for the first time
BACKOFF = 600.0  # seconds, the longest that is waited; also: well for so long, earlier replacements are forgotten


@dataclass(frozen=True, slots=True)
class Symptom:
    """What is wrong now (words without numbers, so that looks can be compared), and for how many seconds it may last.

    `gently`: its loop still lives, so it may hand back what it holds before it is killed.
    """

    text: str
    seconds: float
    gently: bool = False


Vital = Callable[
    [int], Awaitable[Symptom | None]
]  # of the process with this pid; may raise OSError: nothing can be told


class Watch:
    """One program, looked at about once a second. Time in which nobody looked (a suspended machine) does not count."""

    def __init__(self, vital: Vital, clock: Callable[[], float] = time.monotonic) -> None:
        self._vital, self._clock = vital, clock
        self._replaced = 0
        self.born()

    def born(self) -> None:
        """A new process runs from now on."""
        self._looked, self._seen = self._clock(), ""
        self._lasted = self._well = 0.0
        self._grown = False

    async def look(self, pid: int) -> Symptom | None:
        """What the process is to be replaced for, now."""
        try:
            symptom = await self._vital(pid)
        except OSError:  # of Redis, too: whoever stands between us may be what is ill
            symptom, self._seen = None, ""
        passed = min(self._clock() - self._looked, 3 * LOOK)
        self._looked = self._clock()
        if symptom is None:
            self._is_well(passed)
            return None
        self._lasted = self._lasted + passed if symptom.text == self._seen else 0.0
        self._seen, self._well = symptom.text, 0.0
        if self._lasted < self._patience(symptom):
            return None
        self._replaced += 1
        return symptom

    def _is_well(self, passed: float) -> None:
        self._seen, self._grown = "", True
        self._well += passed
        if self._well > BACKOFF:
            self._replaced = 0

    def _patience(self, symptom: Symptom) -> float:
        """Longer for a new process, and twice as long each time that replacing did not help."""
        first = symptom.seconds if self._grown else max(BIRTH, symptom.seconds)
        return min(first * 2.0**self._replaced, max(BACKOFF, symptom.seconds))
