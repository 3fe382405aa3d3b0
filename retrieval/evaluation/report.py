"""What was measured, as one JSON object and as a table by kind of question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrieval.evaluation.measure import Asked
from retrieval.evaluation.metrics import Scores, interval, mean


@dataclass(frozen=True, slots=True)
class Report:
    """All outcomes of one set, and what its index cost."""

    asked: Sequence[Asked]
    chunks: int
    seconds_index: float

    @property
    def ranked(self) -> list[Asked]:
        """Those that have a gold document."""
        return [one for one in self.asked if one.scores]

    @property
    def unanswerable(self) -> list[Asked]:
        """Those that have none."""
        return [one for one in self.asked if not one.scores]

    def scores(self) -> Scores:
        """The mean over all that have a gold document."""
        return mean([one.scores for one in self.asked if one.scores])


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    kind: str
    questions: int
    scores: Scores
    low: float  # 95 % interval of hit@1
    high: float


def as_object(report: Report) -> dict[str, Any]:
    """The figures under the names that scripts rely on; `refused` counts among the questions without gold documents."""
    scores = report.scores()
    p50, p95 = _percentiles([one.milliseconds for one in report.asked])
    return {
        "queries": len(report.ranked),
        "hit@1": round(scores.hit_at_1, 4),
        "hit@5": round(scores.hit_at_5, 4),
        "mrr@10": round(scores.mrr_at_10, 4),
        "ndcg@10": round(scores.ndcg_at_10, 4),
        "ms": {"p50": round(p50, 1), "p95": round(p95, 1)},
        "chunks": report.chunks,
        "seconds_index": round(report.seconds_index, 2),
        "refused": sum(one.refused for one in report.unanswerable),
        "false_refusals": sum(one.refused for one in report.ranked),
    }


def rows(report: Report) -> Iterator[Row]:
    """One line for all, then one for each kind of question."""
    yield _row("all", report.ranked)
    for kind in sorted({one.question.kind for one in report.ranked} - {""}):
        yield _row(kind, [one for one in report.ranked if one.question.kind == kind])


def _row(kind: str, asked: Sequence[Asked]) -> Row:
    scores = [one.scores for one in asked if one.scores]
    return Row(kind, len(scores), mean(scores), *interval([one.hit_at_1 for one in scores]))


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    p50, p95 = np.percentile(values, (50, 95)) if values else (0.0, 0.0)
    return float(p50), float(p95)
