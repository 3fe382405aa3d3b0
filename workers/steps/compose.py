"""From passages to an answer: by the model where there is one and it works, else by quoting."""

from core.errors import ModelUnavailable
from core.messages import Answer
from workers.services import Answering
from workers.stage import Stage
from workers.steps.judge import Verdict
from workers.steps.prompt import Material
from workers.steps.word import quoted, unknown, written
from workers.steps.write import declines, write


async def compose(material: Material, verdict: Verdict, answering: Answering, *, stage: Stage) -> Answer:
    """The answer; never raises for a model's sake."""
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
    return unknown(material) if declines(text) else written(text, material)
