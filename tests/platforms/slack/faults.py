"""What goes wrong on purpose: by script, by chance from a seed, and by rate limits."""

import random
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

# reset: carried out, then no reply; drop: neither; late: no reply, and carried out `late` seconds after it came
KINDS = ("reset", "drop", "limited", "broken", "hang", "late")


@dataclass
class Faults:
    """`chances` by kind, or a mix of them by method; `limits` (calls, seconds) by method and channel; `error:CODE` can be scripted."""

    seed: int = 0
    chances: dict[str, float] = field(default_factory=dict)
    mixes: dict[str, dict[str, float]] = field(default_factory=dict)  # instead of `chances`
    limits: dict[str, tuple[int, float]] = field(default_factory=dict)
    methods: tuple[str, ...] = ("chat.postMessage", "chat.update", "conversations.replies", "conversations.history")
    retry_after: int = 1
    late: float = 8.0  # seconds; a client of ours gives up after six

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._script: dict[str, deque[str]] = defaultdict(deque)
        self._calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def script(self, method: str, *kinds: str) -> None:
        """The next calls of a method meet these ("" = none)."""
        self._script[method].extend(kinds)

    def scripted(self, method: str) -> int:
        """How many calls of a method are still to meet what was scripted."""
        return len(self._script[method])

    def draw(self, method: str, channel: str) -> str:
        """What this call meets, "" for nothing."""
        if self._script[method]:
            return self._script[method].popleft()
        if self._over(method, channel):
            return "limited"
        drawn = self._random.random()
        for kind, chance in self._chances(method).items():
            if drawn < chance:
                return kind
            drawn -= chance
        return ""

    def _chances(self, method: str) -> dict[str, float]:
        return self.mixes.get(method, self.chances if method in self.methods else {})

    def _over(self, method: str, channel: str) -> bool:
        if method not in self.limits:
            return False
        count, seconds = self.limits[method]
        calls, now = self._calls[method, channel], time.monotonic()
        while calls and calls[0] < now - seconds:
            calls.popleft()
        if len(calls) >= count:
            return True
        calls.append(now)
        return False
