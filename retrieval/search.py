"""From a query to passages: retrieve by words and vectors, fuse, trim by access, rerank, current versions first."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import structlog

from core.errors import Transient
from retrieval.access import trim
from retrieval.analyze import Analyzer
from retrieval.models import Found, IndexRequest, IndexResult, Query, Ranked, Vector
from retrieval.passages import passages
from retrieval.protocols import EmbedderDown, Fusion, Index, Reranker
from retrieval.rerankers.builtin import by_features
from retrieval.vectors import Leg, question_vectors

VARIANTS = 3  # rewrites searched beside the question itself
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Engine:
    """All that a search is made with. `threads` runs what blocks: analysing, embedding, the index."""

    index: Index
    analyzer: Analyzer
    legs: Sequence[Leg]
    fusion: Fusion
    reranker: Reranker
    threads: Executor


@dataclass(slots=True)
class Account:
    """What a search went through: notes for the asker, seconds per step."""

    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Adds the time spent within to `seconds`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - started

    def note(self, code: str) -> None:
        """Says it once."""
        if code not in self.notes:
            self.notes.append(code)


async def search(query: Query, engine: Engine) -> Found:
    """Passages for a query, best first, at most `query.limit`, all readable by its audience.

    A missing leg or reranker is a note. Raises IndexUnusable when there is no index to search.
    """
    account = Account()
    loop = asyncio.get_running_loop()
    fused, generation = await loop.run_in_executor(engine.threads, retrieve, query, engine, account)
    visible = trim(fused, query.audience)
    with account.timed("rerank"):
        ranked = await _reranked(query, visible, engine=engine, account=account)
    return Found(passages(query, ranked), tuple(account.notes), account.seconds, generation)


def retrieve(query: Query, engine: Engine, account: Account) -> tuple[list[Ranked], str]:
    """Candidates for the question and its rewrites, fused, and their generation; each chunk once, with its best score."""
    fused, generation = _retrieve_one(query, engine, account)
    for variant in list(dict.fromkeys(query.variants))[:VARIANTS]:
        more, theirs = _retrieve_one(replace(query, text=variant), engine, account)
        if theirs == generation:  # an index that changed in between is not mixed with itself
            fused += more
    best: dict[tuple[str, int], Ranked] = {}
    for one in sorted(fused, key=lambda one: -one.score):
        best.setdefault((one.candidate.document.id, one.candidate.chunk.ordinal), one)
    return list(best.values()), generation


def _retrieve_one(query: Query, engine: Engine, account: Account) -> tuple[list[Ranked], str]:
    with account.timed("analyze"):
        terms = engine.analyzer.terms(query.text)
    if not terms:  # only emoji, only punctuation: nothing that a document could answer
        return [], ""
    with account.timed("embed"):
        vectors = _vectors(query, engine, account)
    with account.timed("index"):
        request = IndexRequest(terms, vectors, query.audience, sources=query.sources, languages=query.languages)
        result = engine.index.search(request)
    if engine.index.problem:
        account.note("older_generation")
    if vectors and _lost_its_vectors(result):
        account.note("words_only")
    with account.timed("fuse"):
        return list(engine.fusion(query, terms, result)), result.generation


def _vectors(query: Query, engine: Engine, account: Account) -> dict[str, Vector]:
    try:
        return question_vectors(engine.legs, query.text, query.language)
    except EmbedderDown as error:
        log.warning("search.words_only", reason=str(error))
        account.note("words_only")
        return {}


def _lost_its_vectors(result: IndexResult) -> bool:
    """Whether the index was built while there was no embedder."""
    return bool(result.candidates) and not any(found.cosines for found in result.candidates)


async def _reranked(query: Query, visible: Sequence[Ranked], *, engine: Engine, account: Account) -> Sequence[Ranked]:
    try:
        return await engine.reranker(query, visible)
    except Transient as error:
        log.warning("search.reranker_down", reason=str(error))
        account.note("reranker_down")
        return by_features(query, visible)
