"""A question's way to its answer: recall, condense, search, judge, then write with a model or quote without one."""

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

import structlog
from redis.exceptions import RedisError

from core.errors import ModelUnavailable, Transient
from core.messages import Answer, Question, Turn
from core.texts import say
from retrieval.models import Found, Query
from workers.services import Answering
from workers.stage import Stage
from workers.steps.cite import cite
from workers.steps.condense import condense
from workers.steps.courtesy import courtesy
from workers.steps.judge import Verdict, judge
from workers.steps.prompt import Material
from workers.steps.quote import quote
from workers.steps.write import declines, write

log = structlog.get_logger()


async def answer(question: Question, answering: Answering, stage: Stage) -> Answer:
    """Answer a question from what its audience may read, with citations.

    A helper step that fails costs a note; raises Transient when access changed while the answer was made.
    """
    if ready := courtesy(question, answering.settings):
        return ready
    clock = Clock()
    audience = answering.audience.of(question)
    conversation, forgotten = await _recalled(question, answering)
    texts, uncondensed = await condense(question, conversation, answering.model)
    clock.lap("understand")
    await stage.step("searching")
    query = Query(text="", language=question.language, audience=audience, limit=answering.settings.passages)
    found, verdict = await _search(texts, query, answering)
    clock.lap("search")
    material = Material(question, conversation, found.passages)
    made = await _made(material, verdict, answering, stage=stage)
    await _still_readable(made, audience, answering)
    clock.lap("write")
    notes = (*forgotten, *uncondensed, *found.notes, *made.notes)
    return made.model_copy(update={"notes": tuple(dict.fromkeys(notes)), "seconds": clock.laps})


class Clock:
    """Seconds per step."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._at = monotonic()

    def lap(self, step: str) -> None:
        """Since the last lap."""
        self._at, before = monotonic(), self._at
        self.laps[step] = round(self._at - before, 3)


async def _recalled(question: Question, answering: Answering) -> tuple[Sequence[Turn], tuple[str, ...]]:
    try:
        return await answering.memory.recall(question), ()
    except RedisError as error:
        log.warning("memory.not_recalled", reason=type(error).__name__)
        return (), ("memory_down",)


async def _search(texts: Sequence[str], query: Query, answering: Answering) -> tuple[Found, Verdict]:
    """The first wording that finds an answer, else the one with the strongest evidence."""
    tried: list[tuple[Found, Verdict]] = []
    for text in texts:
        found = await answering.knowledge.retrieve(replace(query, text=text))
        tried.append((found, judge(found.passages)))
        if tried[-1][1] is Verdict.KNOWN:
            break
    return max(tried, key=lambda one: one[1])


async def _made(material: Material, verdict: Verdict, answering: Answering, *, stage: Stage) -> Answer:
    if not material.passages:
        return unknown(material)
    await stage.step("reading", len(material.passages))
    if answering.model is None:
        return quoted(material, verdict)
    await stage.step("writing")
    try:
        text = await write(material, answering.model, organisation=answering.settings.organisation, stage=stage)
    except ModelUnavailable:
        made = quoted(material, verdict)
        return made.model_copy(update={"notes": (*made.notes, "model_down")})
    return unknown(material) if declines(text) else _cited(text, material)


def _cited(text: str, material: Material) -> Answer:
    checked = cite(text, material.passages)
    language = material.question.language
    return Answer(text=checked.text, known=True, language=language, citations=checked.citations, notes=checked.notes)


def quoted(material: Material, verdict: Verdict) -> Answer:
    """Sentences of the passages as they stand, or that nothing was found."""
    found = quote(material.question.text, material.question.language, material.passages)
    if verdict is Verdict.UNKNOWN or not found.sentences:
        return unknown(material)
    language = material.question.language
    text = found.text if verdict is Verdict.KNOWN else f"{say('weak', language)}\n{found.text}"
    return Answer(
        text=text, known=verdict is Verdict.KNOWN, language=language, citations=found.citations, notes=found.notes
    )


def unknown(material: Material) -> Answer:
    """That the documents hold no answer, with the closest titles."""
    language = material.question.language
    titles = tuple(dict.fromkeys(passage.title for passage in material.passages))[:3]
    text = say("unknown_closest", language, titles=", ".join(titles)) if titles else say("unknown", language)
    return Answer(text=text, known=False, language=language, closest=titles)


async def _still_readable(made: Answer, audience: frozenset[str], answering: Answering) -> None:
    """Access is decided once more before anything is shown: a document may have changed hands meanwhile."""
    for document in {citation.document for citation in made.citations}:
        if await answering.knowledge.document(document, audience) is None:
            raise Transient("a cited document is no longer readable by this audience; answering anew")
