"""The seam of delivery: how an answer reaches a platform, exactly once to the eye."""

from typing import Protocol

from core.ledger import Claim
from core.messages import Answer


class Delivery(Protocol):
    """One platform's outgoing half. Everything it must remember between attempts it keeps in the claim's record.

    Raises Transient for what is worth another attempt, Undeliverable for what never can be posted, LeaseLost when taken over.
    """

    async def begin(self, claim: Claim) -> None:
        """Show a first sign of life (a placeholder), once, however often it is called and whatever became of earlier posts."""
        ...

    async def step(self, claim: Claim, step: str, count: int = 0) -> None:
        """Tell what is being done: a key of texts `steps`. Best effort: never raises, may be dropped."""
        ...

    async def draft(self, claim: Claim, text: str) -> None:
        """Show checked sentences so far, where the platform has a place for a draft. Best effort: never raises, may be dropped."""
        ...

    async def progress(self, claim: Claim, text: str) -> None:
        """Replace the placeholder's text while long work goes on; best effort, throttled to what the platform allows."""
        ...

    async def finish(self, claim: Claim, answer: Answer) -> None:
        """Show the settled answer in place of the placeholder. Idempotent: any number of workers send the same bytes."""
        ...

    async def take_back(self, claim: Claim) -> None:
        """Remove whatever was shown for a question that its author deleted. Idempotent. Raises Transient, Undeliverable."""
        ...

    async def close(self) -> None:
        """Let go of connections of its own."""
        ...
