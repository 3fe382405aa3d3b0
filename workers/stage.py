"""Where the making of an answer can be watched."""

from typing import Protocol

from workers.services import Attempt


class Stage(Protocol):
    """What the pipeline tells while it works; never raises."""

    async def step(self, step: str, count: int = 0) -> None:
        """A key of texts `steps`."""
        ...

    async def draft(self, text: str) -> None:
        """The checked sentences so far."""
        ...


class Silent:
    """Nobody watches."""

    async def step(self, step: str, count: int = 0) -> None:
        """Nothing."""

    async def draft(self, text: str) -> None:
        """Nothing."""


class Live:
    """A job's platform watches."""

    def __init__(self, attempt: Attempt) -> None:
        self._claim, self._delivery = attempt.claim, attempt.delivery

    async def step(self, step: str, count: int = 0) -> None:
        """Tell the platform."""
        await self._delivery.step(self._claim, step, count)

    async def draft(self, text: str) -> None:
        """Tell the platform."""
        await self._delivery.draft(self._claim, text)
