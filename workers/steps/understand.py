"""What a question means after what was said before it: ready to be searched, in one or two wordings."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from redis.exceptions import RedisError

from core.messages import Question, Turn
from workers.services import Answering
from workers.steps.condense import condense

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Understood:
    """`wordings` to search for, in the order to try."""

    conversation: Sequence[Turn]
    wordings: Sequence[str]
    notes: tuple[str, ...]


async def understand(question: Question, answering: Answering) -> Understood:
    """Recall the conversation and condense; what fails there costs a note."""
    notes: tuple[str, ...] = ()
    conversation: Sequence[Turn] = ()
    try:
        conversation = await answering.memory.recall(question)
    except RedisError as error:
        log.warning("memory.not_recalled", reason=type(error).__name__)
        notes = ("memory_down",)
    seconds = answering.settings.answer_seconds / 9  # as the model's half of the time is for the answer
    wordings, more = await condense(question, conversation, answering.model, seconds=seconds)
    return Understood(conversation, wordings, (*notes, *more))
