"""The model's answer, sentence by sentence: each is checked against the passages before anybody sees it."""

import re

from core.settings import Settings
from workers.stage import Stage
from workers.steps.cite import cite
from workers.steps.model import Model
from workers.steps.prompt import Material, build_prompt, rules

_ENDED = re.compile(r"[.!?。]['\")\]]*(\s*\[\d+\])*\s+|\n")


async def write(material: Material, model: Model, *, settings: Settings, stage: Stage) -> str:
    """The whole reply, unchecked; drafts of its finished sentences, checked, go to the stage. Raises ModelUnavailable.

    Half of an attempt's time is the model's: after that the passages are quoted instead, and there must be time for that.
    """
    text, shown = "", 0
    system = rules(material.question.language, settings.organisation)
    async for piece in model.stream(system, build_prompt(material), seconds=settings.answer_seconds / 2):
        text += piece
        ended = max((match.end() for match in _ENDED.finditer(text)), default=0)
        if ended > shown and not declines(text):
            shown = ended
            await stage.draft(cite(text[:ended], material.passages).text)
    return text


def declines(text: str) -> bool:
    """Whether the model says that the passages hold no answer."""
    return text.strip().strip(".*`\"'").upper().startswith("UNKNOWN")
