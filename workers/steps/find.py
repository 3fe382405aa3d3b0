"""What the documents hold on a question: by the wording that finds an answer, or the one with the strongest evidence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.messages import Question
from retrieval.models import Passage, Query
from retrieval.versions import current
from workers.services import Answering
from workers.steps.condense import leans
from workers.steps.judge import Verdict, judge
from workers.steps.prompt import Material
from workers.steps.understand import Understood

_WORD = re.compile(r"[A-Za-z0-9\uac00-\ud7a3-]{2,}")


@dataclass(frozen=True, slots=True)
class Finding:
    """The material of an answer and what may be said on its strength."""

    text: str  # the wording that was searched
    material: Material
    verdict: Verdict
    notes: tuple[str, ...]


async def find(
    question: Question, understood: Understood, *, audience: frozenset[str], answering: Answering
) -> Finding:
    """Search wording after wording until one finds an answer. Raises IndexUnusable."""
    tried: list[Finding] = []
    for text in understood.wordings:
        query = Query(text, question.language, audience, limit=answering.settings.passages)
        found = await answering.knowledge.retrieve(query)
        verdict = judge(found.passages)
        if text != question.text and answering.model is None and not speaks_of(question.text, found.passages):
            verdict = min(verdict, Verdict.WEAK)  # carried words alone only find what was answered before
        material = Material(question, understood.conversation, current(text, found.passages))
        tried.append(Finding(text, material, verdict, found.notes))
        if verdict is Verdict.KNOWN:
            break
    return max(tried, key=lambda one: one.verdict)


def speaks_of(text: str, passages: Sequence[Passage]) -> bool:
    """Whether the best passage holds a word that the person used just now, give or take a Korean ending."""
    best = f"{passages[0].title} {passages[0].place} {passages[0].text}".lower() if passages else ""
    words = [word.lower() for word in _WORD.findall(text) if not leans(word)]
    return any(word[: max(2, len(word) - 2)] in best for word in words)
