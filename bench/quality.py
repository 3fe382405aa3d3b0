"""How often the right document comes first, beside LangChain's EnsembleRetriever: `python -m bench.quality --limit 500`."""

import argparse
import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.peers import Ensemble
from retrieval.analyze import Analyzer
from retrieval.embedders.cached import CachedEmbedder
from retrieval.embedders.e5 import E5
from retrieval.evaluation.datasets import Asking, Dataset, chosen, read_dataset
from retrieval.evaluation.measure import Options
from retrieval.evaluation.metrics import Scores, interval, score
from retrieval.evaluation.report import Report
from retrieval.evaluation.run import evaluate
from retrieval.models import PUBLIC
from retrieval.prepare import Workbench
from retrieval.rerankers.builtin import Builtin
from retrieval.vectors import Leg

DATA = Path(__file__).parents[2] / "shared" / "data"
SETS = ("handbook", "korquad", "squad")
Line = tuple[str, list[Scores], list[float]]  # who, scores, milliseconds


def main() -> None:
    """One table; the peer runs in the same process on the same questions."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, default=500, help="questions of each set")
    parser.add_argument("--sets", nargs="*", default=SETS)
    options = parser.parse_args()
    table = Table("set", "search", "questions", "hit@1 (95 %)", "hit@5", "mrr@10", "ms p50")
    for name in options.sets:
        if not (DATA / name).is_dir():
            print(f"skipped: the question set {name} is not beside the project ({DATA / name})")
            continue
        dataset = read_dataset(DATA / name)
        for who, scores, times in _lines(dataset, options.limit):
            table.add_row(name, who, *_cells(scores, times))
    Console(width=110).print(table)


def _lines(dataset: Dataset, limit: int) -> Iterator[Line]:
    embedder = CachedEmbedder(E5())
    yield _ours("daedap", dataset, limit=limit, legs=[Leg(embedder)])
    yield _ours("daedap, words only", dataset, limit=limit, legs=[])
    questions = [one for one in chosen(dataset, limit=limit) if one.gold]
    yield _theirs(Ensemble(dataset.items, embedder), questions)


def _ours(who: str, dataset: Dataset, *, limit: int, legs: Sequence[Leg]) -> Line:
    options = Options(frozenset({PUBLIC}), lambda _: True, limit=limit)
    bench = Workbench(Analyzer(), legs)
    report: Report = asyncio.run(evaluate(dataset, bench=bench, reranker=Builtin(), options=options))
    return who, [one.scores for one in report.asked if one.scores], [one.milliseconds for one in report.asked]


def _theirs(peer: Ensemble, questions: Sequence[Asking]) -> Line:
    scores, times = [], []
    for question in questions:
        started = time.perf_counter()
        ranking = peer.ranking(question.text)
        times.append((time.perf_counter() - started) * 1000)
        scores.append(score(ranking, question.gold))
    return "LangChain ensemble", scores, times


def _cells(scores: Sequence[Scores], times: Sequence[float]) -> tuple[str, ...]:
    count = len(scores)
    low, high = interval([one.hit_at_1 for one in scores])
    hit = sum(one.hit_at_1 for one in scores) / count
    rest = (sum(one.hit_at_5 for one in scores) / count, sum(one.mrr_at_10 for one in scores) / count)
    return (
        str(count),
        f"{hit:.3f} ({low:.2f}–{high:.2f})",
        *(f"{value:.3f}" for value in rest),
        f"{sorted(times)[count // 2]:.1f}",
    )


if __name__ == "__main__":
    main()
