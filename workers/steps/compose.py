"""From passages to an answer: by the model where there is one and it works, else by quoting."""

from core.errors import ModelUnavailable
from core.messages import Answer
from workers.services import Answering
from workers.stage import Stage
from workers.steps.find import Finding
from workers.steps.word import quoted, unknown, written
from workers.steps.write import declines, write


async def compose(found: Finding, answering: Answering, stage: Stage) -> Answer:
    """The answer; never raises for a model's sake."""
    material = found.material
    if not material.passages:
        return unknown(found)
    await stage.step("reading", len(material.passages))
    if answering.model is None:
        return await quoted(found, answering)
    await stage.step("writing")
    try:
        text = await write(material, answering.model, settings=answering.settings, stage=stage)
    except ModelUnavailable:
        made = await quoted(found, answering)
        return made.model_copy(update={"notes": (*made.notes, "model_down")})
    return unknown(found) if declines(text) else written(text, found)
