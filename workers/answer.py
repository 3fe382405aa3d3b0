"""A question's way to its answer: understand, search, judge, then write with a model or quote without one."""

from time import monotonic

from core.messages import Answer, Question
from workers.services import Answering
from workers.stage import Stage
from workers.steps.compose import compose
from workers.steps.courtesy import courtesy
from workers.steps.find import find
from workers.steps.understand import understand


async def answer(question: Question, answering: Answering, stage: Stage) -> Answer:
    """Answer a question from what its audience may read, with citations.

    A helper step that fails costs a note; raises IndexUnusable when there is nothing to search, AccessChanged when access
    changed while the answer was made.
    """
    if ready := courtesy(question, answering.settings):
        return ready
    clock = Clock()
    audience = answering.audience.of(question)
    understood = await understand(question, answering)
    clock.lap("understand")
    await stage.step("searching")
    found = await find(question, understood, audience=audience, answering=answering)
    clock.lap("search")
    made = await compose(found, answering, stage)
    await answering.audience.check(made, audience, answering.knowledge)
    clock.lap("write")
    notes = dict.fromkeys((*understood.notes, *found.notes, *made.notes))
    return made.model_copy(update={"notes": tuple(notes), "seconds": clock.laps})


class Clock:
    """Seconds per step."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._at = monotonic()

    def lap(self, step: str) -> None:
        """Since the last lap."""
        self._at, before = monotonic(), self._at
        self.laps[step] = round(self._at - before, 3)
