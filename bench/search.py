"""How fast documents are indexed and questions answered, beside LangChain's EnsembleRetriever: `python -m bench.search`."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.peers import Ensemble
from retrieval.analyze import Analyzer
from retrieval.embedders.e5 import E5
from retrieval.evaluation.corpus import index_items
from retrieval.evaluation.datasets import Asking, Item, read_dataset
from retrieval.knowledge.hybrid import Hybrid
from retrieval.models import PUBLIC, Query
from retrieval.prepare import Workbench
from retrieval.rerankers.builtin import Builtin
from retrieval.vectors import Leg

DATA = Path(__file__).parents[2] / "shared" / "data"
SETS = ("korquad", "squad")


def main() -> None:
    """Everything is embedded anew, nothing is taken from the cache."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=100, help="of each set")
    parser.add_argument("--questions", type=int, default=100, help="of each set")
    options = parser.parse_args()
    found = [read_dataset(DATA / name) for name in SETS if (DATA / name).is_dir()]
    if not found:
        print(f"skipped: no question set is beside the project ({DATA})")
        return
    items = [item for dataset in found for item in dataset.items[: options.documents]]
    questions = [question for dataset in found for question in dataset.questions[: options.questions]]
    table = Table("search", "chunks", "chunks/s indexed", "ms p50", "ms p95")
    table.add_row("daedap", *_ours(items, questions, [Leg(E5())]))
    table.add_row("daedap, words only", *_ours(items, questions, []))
    table.add_row("LangChain ensemble", *_theirs(items, questions))
    Console(width=100).print(table)


def _ours(items: Sequence[Item], questions: Sequence[Asking], legs: Sequence[Leg]) -> tuple[str, ...]:
    bench = Workbench(Analyzer(), legs)
    bench.analyzer.terms("준비")  # loading Kiwi is no part of the throughput
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        index, chunks = index_items(items, Path(folder) / "index", bench=bench)
        seconds = time.perf_counter() - started
        knowledge = Hybrid(index, analyzer=bench.analyzer, legs=legs, reranker=Builtin())
        times = asyncio.run(_asked(knowledge, questions))
        knowledge.close()
        index.close()
    return _cells(chunks, seconds, times)


async def _asked(knowledge: Hybrid, questions: Sequence[Asking]) -> list[float]:
    await knowledge.warm()
    times = []
    for question in questions:
        started = time.perf_counter()
        await knowledge.retrieve(Query(question.text, question.language, frozenset({PUBLIC})))
        times.append((time.perf_counter() - started) * 1000)
    return times


def _theirs(items: Sequence[Item], questions: Sequence[Asking]) -> tuple[str, ...]:
    embedder = E5()
    embedder.query("ready", "en")
    started = time.perf_counter()
    peer = Ensemble(items, embedder)
    seconds = time.perf_counter() - started
    times = []
    for question in questions:
        started = time.perf_counter()
        peer.ranking(question.text)
        times.append((time.perf_counter() - started) * 1000)
    return _cells(peer.chunks, seconds, times)


def _cells(chunks: int, seconds: float, times: Sequence[float]) -> tuple[str, ...]:
    p50, p95 = np.percentile(times, (50, 95))
    return str(chunks), f"{chunks / seconds:.1f}", f"{p50:.1f}", f"{p95:.1f}"


if __name__ == "__main__":
    main()
