"""The usual figures of ranking: hit@k, mrr@10, ndcg@10, with a bootstrap interval."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

DEPTH = 10
_DRAWS = 2_000
_SEED = 20_261_121  # the same figures give the same interval


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one question, or the mean of many; each 0..1."""

    hit_at_1: float
    hit_at_5: float
    mrr_at_10: float
    ndcg_at_10: float


def score(ranking: Sequence[str], gold: Mapping[str, float]) -> Scores:
    """Of one question: `ranking` are document ids, best first, each once; any gold document counts as a hit."""
    first = next((rank for rank, document in enumerate(ranking, start=1) if document in gold), math.inf)
    return Scores(
        hit_at_1=float(first <= 1),
        hit_at_5=float(first <= 5),
        mrr_at_10=1 / first if first <= DEPTH else 0.0,
        ndcg_at_10=_gain([gold.get(document, 0.0) for document in ranking])
        / _gain(sorted(gold.values(), reverse=True)),
    )


def mean(scores: Sequence[Scores]) -> Scores:
    """The mean of each figure; zeros for no question."""
    if not scores:
        return Scores(0.0, 0.0, 0.0, 0.0)
    return Scores(*(float(value) for value in _table(scores).mean(axis=0)))


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % of the means of samples drawn again from these values lie within; (0, 0) for none."""
    if not values:
        return 0.0, 0.0
    draws = np.random.default_rng(_SEED).choice(np.array(values), (_DRAWS, len(values))).mean(axis=1)
    low, high = np.percentile(draws, (2.5, 97.5))
    return float(low), float(high)


def _gain(grades: Sequence[float]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades[:DEPTH], start=1))


def _table(scores: Sequence[Scores]) -> "np.typing.NDArray[np.float64]":
    return np.array([(one.hit_at_1, one.hit_at_5, one.mrr_at_10, one.ndcg_at_10) for one in scores])
