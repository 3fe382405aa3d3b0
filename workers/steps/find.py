"""What the documents hold on a question: by the wording that finds an answer, or the one with the strongest evidence."""

from dataclasses import dataclass

from core.messages import Question
from retrieval.models import Found, Query
from workers.services import Answering
from workers.steps.judge import Verdict, judge
from workers.steps.prompt import Material
from workers.steps.understand import Understood


@dataclass(frozen=True, slots=True)
class Finding:
    """The material of an answer and what may be said on its strength."""

    material: Material
    verdict: Verdict
    notes: tuple[str, ...]


async def find(
    question: Question, understood: Understood, *, audience: frozenset[str], answering: Answering
) -> Finding:
    """Search wording after wording until one finds an answer. Raises IndexUnusable."""
    tried: list[tuple[Found, Verdict]] = []
    for text in understood.wordings:
        query = Query(text, question.language, audience, limit=answering.settings.passages)
        found = await answering.knowledge.retrieve(query)
        tried.append((found, judge(found.passages)))
        if tried[-1][1] is Verdict.KNOWN:
            break
    found, verdict = max(tried, key=lambda one: one[1])
    return Finding(Material(question, understood.conversation, found.passages), verdict, found.notes)
