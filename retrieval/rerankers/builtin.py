"""The reranker without a model: what the words of question and passage show, in hand-set weights, within the same gate."""

import math
from collections.abc import Sequence

from retrieval.fuse import WORDS, gated
from retrieval.models import Query, Ranked, Signals

FEATURES = 0.1  # beside words and cosine


class Builtin:
    """The default: no server, no training data, under 1 ms for 100 candidates. Never fails."""

    async def __call__(self, query: Query, ranked: Sequence[Ranked]) -> list[Ranked]:
        """The same candidates with their features added to what words were worth."""
        return by_features(query, ranked)


def by_features(query: Query, ranked: Sequence[Ranked]) -> list[Ranked]:
    """The order itself, also for when another reranker is down."""
    weighed = [(one.candidate, one.signals) for one in ranked]
    return gated(query, weighed, lambda signals: WORDS * signals.words + FEATURES * features(signals))


def features(signals: Signals) -> float:
    """About -6 (nothing of the question in a long text) to 15.

    Measured by leaving each out: 4-grams .8 points of Hit@1, sentence coverage .4; proximity, bigrams of words and
    title brought nothing and are not here.
    """
    return (
        2 * signals.passage
        + signals.rarest
        + 3 * signals.sentence
        + 1.5 * signals.sentences
        + 7 * signals.grams
        + signals.number
        - math.log1p(signals.length)
    )
