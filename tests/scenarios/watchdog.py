"""Notices an event loop that was blocked: the loop was late while an ordinary thread of the same process was on time."""

import asyncio
import threading
import time
from dataclasses import dataclass, field

LATE = 0.05  # seconds


@dataclass
class Watchdog:
    """Run `watch()` on the loop in question. `stalls` are the seconds of each blockage that the machine does not explain."""

    stalls: list[float] = field(default_factory=list)
    _thread_late: list[tuple[float, float]] = field(default_factory=list)
    _loop_late: list[tuple[float, float]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    async def watch(self) -> None:
        beside = threading.Thread(target=self._beside, daemon=True)
        beside.start()
        try:
            while True:
                before = time.monotonic()
                await asyncio.sleep(0.005)
                if (late := time.monotonic() - before - 0.005) > LATE:
                    self._loop_late.append((before, late))
        finally:
            self._stop.set()
            self.stalls = [late for at, late in self._loop_late if self._explained(at, late) < late - LATE]

    def _beside(self) -> None:
        while not self._stop.is_set():
            before = time.monotonic()
            time.sleep(0.005)
            if (late := time.monotonic() - before - 0.005) > LATE / 4:
                self._thread_late.append((before, late))

    def _explained(self, at: float, late: float) -> float:
        """Seconds of a stall in which the plain thread did not run either: a busy machine, not a blocked loop."""
        overlaps = (min(at + late, start + missed) - max(at, start) for start, missed in self._thread_late)
        return sum(overlap for overlap in overlaps if overlap > 0)
