"""Work that no message answers: a passage shown on the page's stream, a question that is taken back."""

import asyncio

import structlog

from core.ledger import Claim
from core.messages import View, Withdraw
from workers.services import Services
from workers.view import fail, show
from workers.withdraw import take_back, withdraw

log = structlog.get_logger()


async def quietly(claim: Claim, services: Services) -> bool:
    """Do such work and finish it; False when the claim is for work that is answered."""
    if "withdrawn" in claim.record:
        await take_back(claim, services)
        return True
    match claim.work:
        case View() as view:
            await _shown(claim, view, services)
        case Withdraw() as wish:
            await _withdrawn(claim, wish, services)
        case _:
            return False
    return True


async def _shown(claim: Claim, view: View, services: Services) -> None:
    if claim.exhausted:
        await fail(view, services, reference=claim.reference)
    else:
        async with asyncio.timeout(services.settings.answer_seconds):
            await show(view, services)
    await claim.finish("dead" if claim.exhausted else "done")


async def _withdrawn(claim: Claim, wish: Withdraw, services: Services) -> None:
    if claim.exhausted:
        log.error("withdraw.gave_up", question=wish.question)
    else:
        await withdraw(wish, services)
    await claim.finish("dead" if claim.exhausted else "done")
