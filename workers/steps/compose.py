"""From passages to an answer: by the model where there is one and it works, else by quoting."""

from dataclasses import replace

from core.errors import ModelUnavailable
from core.messages import Answer
from retrieval.models import Query
from workers.services import Answering
from workers.stage import Stage
from workers.steps.find import Finding
from workers.steps.judge import Verdict
from workers.steps.word import quoted, unknown, written
from workers.steps.write import declines, write


async def compose(found: Finding, answering: Answering, stage: Stage) -> Answer:
    """The answer; never raises for a model's sake."""
    material = found.material
    if not material.passages:
        return unknown(material)
    await stage.step("reading", len(material.passages))
    if answering.model is None:
        return await _quoted(found, answering)
    await stage.step("writing")
    try:
        text = await write(material, answering.model, organisation=answering.settings.organisation, stage=stage)
    except ModelUnavailable:
        made = await _quoted(found, answering)
        return made.model_copy(update={"notes": (*made.notes, "model_down")})
    return unknown(material) if declines(text) else written(text, material)


async def _quoted(found: Finding, answering: Answering) -> Answer:
    """Where words decide little, each sentence's nearness helps to choose (a quarter of a second, spent only there)."""
    material = found.material
    if found.verdict is Verdict.WEAK:
        query = Query(found.text, material.question.language, frozenset())
        material = replace(material, passages=await answering.knowledge.near(query, material.passages))
    return quoted(material, found.verdict)
