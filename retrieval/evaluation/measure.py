"""Asking a set's questions one by one: documents ranked by their best passage, milliseconds, and refusals."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retrieval.evaluation.datasets import Asking
from retrieval.evaluation.metrics import Scores, score
from retrieval.models import Passage, Query
from retrieval.protocols import KnowledgeBase

DEEP = 50  # passages asked for, so that ten different documents are among them
Enough = Callable[[Sequence[Passage]], bool]  # whether passages, as an answer gets them, may be stated as an answer


@dataclass(frozen=True, slots=True)
class Options:
    """How the questions are asked."""

    audience: frozenset[str]
    enough: Enough
    passages: int = 8  # that an answer gets
    restricted: bool = False  # documents keep their readers; otherwise all are public
    language: str = ""  # only questions in this one
    limit: int = 0  # at most so many, spread over the set; 0 = all


@dataclass(frozen=True, slots=True)
class Asked:
    """One question's outcome."""

    question: Asking
    ranking: tuple[str, ...]  # document ids, best first
    scores: Scores | None  # None without gold documents
    refused: bool
    milliseconds: float


async def measure(questions: Sequence[Asking], knowledge: KnowledgeBase, options: Options) -> list[Asked]:
    """Every question's outcome, in order, asked one after the other (so the milliseconds are a lone asker's)."""
    return [await _ask(question, knowledge, options) for question in questions]


async def _ask(question: Asking, knowledge: KnowledgeBase, options: Options) -> Asked:
    started = time.perf_counter()
    found = await knowledge.retrieve(Query(question.text, question.language, options.audience, limit=DEEP))
    milliseconds = (time.perf_counter() - started) * 1000
    ranking = tuple(dict.fromkeys(passage.document for passage in found.passages))
    return Asked(
        question=question,
        ranking=ranking,
        scores=score(ranking, question.gold) if question.gold else None,
        refused=not options.enough(found.passages[: options.passages]),
        milliseconds=milliseconds,
    )
