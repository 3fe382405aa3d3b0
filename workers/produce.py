"""Which work makes which answer."""

import structlog
from redis.exceptions import RedisError

from core.errors import IndexUnusable
from core.ledger import Claim
from core.messages import Answer, Forget, Question, Reindex, Turn
from core.texts import say
from workers.answer import answer
from workers.protocols import Delivery
from workers.reindex import reindex
from workers.services import Services
from workers.stage import Live

log = structlog.get_logger()


async def produce(claim: Claim, delivery: Delivery, services: Services) -> Answer:
    """The answer to any kind of work."""
    match claim.work:
        case Question() as question:
            return await _answered(question, claim, Live(claim, delivery), services=services)
        case Reindex():
            return await reindex(claim, delivery, services)
        case Forget() as wish:
            return await _forget(wish, services)
    raise TypeError(f"no answer is made for {claim.work.kind}")


async def _answered(question: Question, claim: Claim, stage: Live, *, services: Services) -> Answer:
    try:
        return await answer(question, services.answering, stage)
    except IndexUnusable as error:
        log.error("knowledge.unusable", reason=str(error))
        text = say(error.user_text, question.language, reference=claim.reference)
        return Answer(text=text, known=False, language=question.language)


async def remember(claim: Claim, given: Answer, services: Services) -> None:
    """Keep a question and its answer for what may follow; memory that fails costs nothing but itself."""
    if not isinstance(claim.work, Question):
        return
    asked = claim.work
    turn = Turn(
        message=asked.message, at=asked.at, asker=asked.asker.id, question=asked.text[:1000], answer=given.text[:2000]
    )
    try:
        await services.memory.remember(asked.address, turn)
    except RedisError as error:
        log.warning("memory.not_kept", reason=type(error).__name__)


async def _forget(wish: Forget, services: Services) -> Answer:
    if wish.whole_channel:
        erased = await services.memory.forget_person(wish.address.room, wish.asker.id)
        key = "forgotten_channel"
    else:
        erased = await services.memory.forget(wish.address)
        key = "forgotten"
    return Answer(text=say(key if erased else "forgotten_nothing", wish.language), known=True, language=wish.language)
