"""Words and vectors to one order: words are as loud as they cover the question, vectors decide the rest."""

from collections.abc import Callable, Sequence

from retrieval.evidence import Asked
from retrieval.models import Candidate, IndexResult, Query, Ranked, Signals
from retrieval.vectors import Leg

# Chosen on handbook, samples, korquad and squad together, on a plateau: gates of .6–.9, words of .5–1 and .3–.9 for the
# other language all lie within two points of Hit@1 of each other on each set, which is less than a set's own error.
GATE = 0.7  # coverage by two sentences at which words have their full say
WORDS = 1.0  # what a perfect match by words is worth beside a cosine
OTHER_LANGUAGE = 0.8  # of the best same-language words: evidence that is missing is not evidence against

Bracket = Callable[[Signals], float]  # what a candidate's words are worth, before the gate


class Gated:
    """The default. Equal-weight RRF with a weak vector leg costs KorQuAD most of its Hit@1; this one takes from no leg."""

    def __init__(self, legs: Sequence[Leg] = ()) -> None:
        self._legs = {leg.name: leg for leg in legs}

    def __call__(self, query: Query, terms: Sequence[str], result: IndexResult) -> list[Ranked]:
        """All candidates, best first. Without cosines (words only) the order is that of BM25."""
        asked = Asked.of(query.text, terms, result)
        weighed = [(found, asked.signals(found, self._cosine(query, found))) for found in result.candidates]
        return gated(query, weighed, lambda signals: WORDS * signals.words)

    def _cosine(self, query: Query, candidate: Candidate) -> float:
        """The legs' weighted sum. A leg that does not know both languages is stood in for by those that do."""
        asking = [leg for name, leg in self._legs.items() if name in candidate.cosines and leg.serves(query.language)]
        voting = [leg for leg in asking if leg.serves(candidate.document.language)]
        weight = sum(leg.weight for leg in voting)
        if not weight:
            return 0.0
        mean = sum(leg.weight * candidate.cosines[leg.name] for leg in voting) / weight
        return mean * sum(leg.weight for leg in asking)


def gated(query: Query, weighed: Sequence[tuple[Candidate, Signals]], bracket: Bracket) -> list[Ranked]:
    """Score = gate · bracket + cosine, best first, ties by document id and ordinal.

    gate = min(1, (best coverage by two sentences / GATE)²): where no candidate holds the question's words, they are
    noise and the vectors decide; where one does, words win. Across languages no words can be shared, so a candidate
    in another language is given a part of the best same-language bracket.
    """
    best = max((signals.sentences for _, signals in weighed), default=0.0)
    gate = min(1.0, (best / GATE) ** 2)
    brackets = [bracket(signals) for _, signals in weighed]
    if any(candidate.cosines for candidate, _ in weighed):
        brackets = _lifted(query, weighed, brackets)
    else:
        gate = 1.0  # nothing else to decide by
    ranked = [
        Ranked(candidate, signals, gate * worth + signals.cosine)
        for (candidate, signals), worth in zip(weighed, brackets, strict=True)
    ]
    return in_order(ranked)


def in_order(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Best first, ties by document id and ordinal."""
    return sorted(ranked, key=lambda one: (-one.score, one.candidate.document.id, one.candidate.chunk.ordinal))


def _lifted(query: Query, weighed: Sequence[tuple[Candidate, Signals]], brackets: Sequence[float]) -> list[float]:
    same = [candidate.document.language == query.language for candidate, _ in weighed]
    floor = OTHER_LANGUAGE * max((worth for worth, is_same in zip(brackets, same, strict=True) if is_same), default=0.0)
    if floor <= 0:
        return list(brackets)
    return [worth if is_same else max(worth, floor) for worth, is_same in zip(brackets, same, strict=True)]
