"""What each candidate shows of the question: coverage by IDF, in the whole, in a sentence, in two; measured once, used everywhere."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.models import Candidate, Evidence, IndexResult, Signals

K1 = 1.2  # of the index's BM25: a term scores at most idf · (K1 + 1)
_BLANKS = re.compile(r"\s+")
_ASKS_NUMBER = re.compile(
    r"몇|얼마|언제|며칠|연도|년도|날짜|how (?:many|much|long|old|far|often|high|large|big|tall|soon)"
    r"|\bwhen\b|what (?:year|date|percent|time|day)|which year|number of",
    re.IGNORECASE,
)
_GRAM = 4  # characters; whitespace removed, so that Korean spacing does not matter


@dataclass(frozen=True, slots=True)
class Asked:
    """A question prepared for comparing: its terms with their IDF in this index."""

    weights: Mapping[str, float]  # term -> idf; the terms that carry meaning
    total: float  # of the weights
    rarest: str | None  # the term that says most among those the index knows
    ideal: float  # BM25 of a chunk that could not match better
    grams: frozenset[str]
    number: bool  # asks for a number or a date

    @classmethod
    def of(cls, text: str, terms: Sequence[str], result: IndexResult) -> "Asked":
        """The question `text`, analysed to `terms`, against the collection that `result` is from."""
        idf = {term: _idf(result.frequencies.get(term, 0), result.count) for term in set(terms)}
        # Bigrams find, morphemes judge: counting pieces of endings as well costs a point of Hit@1 on KorQuAD.
        weights = {term: idf[term] for term in sorted(idf) if not term.startswith("_")} or idf
        known = [term for term in sorted(weights) if result.frequencies.get(term)]
        squeezed = squeeze(text)
        return cls(
            weights=weights,
            total=sum(weights.values()),
            rarest=max(known, key=weights.__getitem__, default=None),
            ideal=sum(idf[term] for term in terms) * (K1 + 1),
            grams=frozenset(squeezed[at : at + _GRAM] for at in range(len(squeezed) - _GRAM + 1)),
            number=bool(_ASKS_NUMBER.search(text)),
        )

    def coverage(self, present: frozenset[str]) -> float:
        """Share of the question's weight that these of its terms carry, 0..1."""
        return sum(self.weights[term] for term in sorted(present)) / self.total if self.total else 0.0

    def signals(self, candidate: Candidate, cosine: float) -> Signals:
        """Everything that ranking, refusing and quoting ask about a candidate."""
        heading, *body = [frozenset(self.weights.keys() & sentence) for sentence in candidate.sentences] or [
            frozenset()
        ]
        coverages = [self.coverage(present) for present in body]
        best = max(range(len(body)), key=coverages.__getitem__, default=None)
        return Signals(
            words=min(1.0, candidate.words / self.ideal) if self.ideal else 0.0,
            passage=self.coverage(heading.union(*body)),
            rarest=self.rarest is not None and self.rarest in heading.union(*body),
            sentence=max(coverages, default=0.0),
            sentences=max(self._pairs(body), default=0.0),
            grams=self._grams_in(candidate),
            number=self._number(candidate.sentences[best + 1] if best is not None else ()),
            length=sum(len(sentence) for sentence in candidate.sentences),
            cosine=cosine,
            by_sentence=tuple(coverages),
        )

    def _pairs(self, body: Sequence[frozenset[str]]) -> Iterator[float]:
        if len(body) == 1:
            yield self.coverage(body[0])
        for first, second in pairwise(body):
            yield self.coverage(first | second)

    def _grams_in(self, candidate: Candidate) -> float:
        if not self.grams:
            return 0.0
        text = squeeze(candidate.document.title + candidate.chunk.text)
        return sum(gram in text for gram in self.grams) / len(self.grams)

    def _number(self, sentence: Sequence[str]) -> float:
        if not any(term[0].isdigit() for term in sentence):
            return 0.0
        return 1.0 if self.number else 0.5


def evidence(signals: Signals) -> Evidence:
    """The part that leaves retrieval with a passage."""
    cosine = min(1.0, max(0.0, signals.cosine))
    return Evidence(signals.passage, signals.sentences, cosine, signals.by_sentence)


def squeeze(text: str) -> str:
    """Lower case without whitespace: how two texts are compared letter by letter."""
    return _BLANKS.sub("", text).lower()


def _idf(frequency: int, count: int) -> float:
    return math.log(1 + (max(count, frequency) - frequency + 0.5) / (frequency + 0.5))
