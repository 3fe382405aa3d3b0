"""Which work makes which answer, and what is kept of it."""

import structlog
from redis.exceptions import RedisError

from core.errors import IndexUnusable
from core.messages import Answer, Forget, Question, Reindex, Turn
from core.texts import say
from workers.answer import answer
from workers.reindex import reindex
from workers.services import Attempt, Services
from workers.stage import Live

log = structlog.get_logger()


async def produce(attempt: Attempt) -> Answer:
    """The answer to any kind of work that is delivered to a platform."""
    if seconds := attempt.claim.record.get("limited"):
        language = attempt.claim.work.language
        return Answer(text=say("too_many", language, seconds=seconds), known=False, language=language)
    match attempt.claim.work:
        case Question() as question:
            return await _answered(question, attempt)
        case Reindex() as wish:
            return await reindex(wish, attempt)
        case Forget() as wish:
            return await _forget(wish, attempt.services)
    raise TypeError(f"no answer is made for {attempt.claim.work.kind}")


async def remember(attempt: Attempt, given: Answer) -> None:
    """Keep a question and its answer for what may follow; memory that fails costs nothing but itself."""
    asked = attempt.claim.work
    if not isinstance(asked, Question) or "limited" in attempt.claim.record:
        return
    turn = Turn(
        message=asked.message, at=asked.at, asker=asked.asker.id, question=asked.text[:1000], answer=given.text[:2000]
    )
    try:
        await attempt.services.memory.remember(asked.address, turn)
    except RedisError as error:
        log.warning("memory.not_kept", reason=type(error).__name__)


async def _answered(question: Question, attempt: Attempt) -> Answer:
    try:
        return await answer(question, attempt.services.answering, Live(attempt))
    except IndexUnusable as error:
        log.warning("knowledge.unusable", reason=str(error))
        text = say(error.user_text, question.language, reference=attempt.claim.reference)
        return Answer(text=text, known=False, language=question.language)


async def _forget(wish: Forget, services: Services) -> Answer:
    if wish.whole_channel:
        erased = await services.memory.forget_person(wish.address.room, wish.asker.id, before=wish.at)
        key = "forgotten_channel"
    else:
        erased, key = await services.memory.forget(wish.address, before=wish.at), "forgotten"
    return Answer(text=say(key if erased else "forgotten_nothing", wish.language), known=True, language=wish.language)
