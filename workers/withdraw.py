"""A question that its author deletes: who works on it stops, what was shown for it goes, and its turn is forgotten."""

import structlog

from core.errors import Undeliverable
from core.ledger import Claim
from core.messages import Withdraw
from workers.services import Services

log = structlog.get_logger()

# An answer that was given stays: others have read it and may have answered it. Only what Daedap would recall of it goes.


async def withdraw(wish: Withdraw, services: Services) -> None:
    """Mark the question, which ends the attempt at it; the next claim of it finds the mark. Raises redis' errors."""
    state = await services.ledger.withdraw(wish.question, asker=wish.asker.id)
    erased = await services.memory.forget_turn(wish.address, wish.takes_back, asker=wish.asker.id, at=wish.at)
    log.info("question.withdrawn", question=wish.question, state=state, erased=erased)


async def take_back(claim: Claim, services: Services) -> None:
    """Remove what stands in the chat for a withdrawn question, and end it. Raises Transient, LeaseLost."""
    try:
        await services.deliveries[claim.work.address.platform].take_back(claim)
    except Undeliverable as no:
        log.warning("question.not_taken_back", reason=str(no))
    await claim.finish("dead")
