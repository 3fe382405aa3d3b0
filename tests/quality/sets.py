"""The question sets beside the project, each indexed once a session with embeddings kept between runs."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from retrieval.analyze import Analyzer
from retrieval.embedders.cached import CachedEmbedder
from retrieval.embedders.e5 import E5
from retrieval.embedders.e5_recipe import e5_folder
from retrieval.evaluation.corpus import index_items
from retrieval.evaluation.datasets import Dataset, chosen, read_dataset
from retrieval.evaluation.measure import Options, measure
from retrieval.evaluation.report import Report
from retrieval.knowledge.hybrid import Hybrid
from retrieval.models import PUBLIC, IndexRequest, IndexResult
from retrieval.prepare import Workbench
from retrieval.protocols import Index
from retrieval.rerankers.builtin import Builtin
from retrieval.vectors import Leg
from workers.steps.judge import Verdict, judge

DATA = Path(__file__).parents[2].parent / "shared" / "data"
ANALYZER = Analyzer()


def legs() -> list[Leg]:
    if not (e5_folder() / "manifest.json").exists():
        pytest.skip("the e5 model is not built: python -m retrieval.embedders.build_e5")
    return [Leg(CachedEmbedder(E5()))]


@dataclass
class Indexed:
    """A set with its index; asking with or without vectors uses the same one."""

    dataset: Dataset
    index: Index
    chunks: int
    legs: list[Leg]

    def report(self, *, words_only: bool = False, limit: int = 0, index: Index | None = None) -> Report:
        used = [] if words_only else self.legs
        knowledge = Hybrid(index or self.index, analyzer=ANALYZER, legs=used, reranker=Builtin())
        options = Options(frozenset({PUBLIC}), lambda passages: judge(passages) is Verdict.KNOWN)
        try:
            asked = asyncio.run(measure(chosen(self.dataset, limit=limit), knowledge, options))
        finally:
            knowledge.close()
        return Report(asked, self.chunks, 0.0)


def open_set(name: str, folder: Path) -> Indexed:
    if not (DATA / name).is_dir():
        pytest.skip(f"the question set {name} is not beside the project (../shared/data/{name})")
    dataset, bench = read_dataset(DATA / name), Workbench(ANALYZER, legs())
    index, chunks = index_items(dataset.items, folder / name, bench=bench)
    return Indexed(dataset, index, chunks, list(bench.legs))


class WithoutArticles:
    """An index in which the articles (all documents of the same title) that answer a question are not found."""

    def __init__(self, indexed: Indexed) -> None:
        self.problem = None
        titles = {item.id: item.title for item in indexed.dataset.items}
        self.index = indexed.index
        self.hidden = {
            ANALYZER.terms(question.text): {titles[document] for document in question.gold}
            for question in indexed.dataset.questions
        }

    def search(self, request: IndexRequest) -> IndexResult:
        found = self.index.search(request)
        hidden = self.hidden.get(request.terms, set())
        kept = tuple(one for one in found.candidates if one.document.title not in hidden)
        return IndexResult(kept, found.frequencies, found.count, found.average_length, found.generation)

    def document(self, document_id, audience):
        return self.index.document(document_id, audience)
