"""How near each sentence of the best passages is to the question: which one to quote when they share no words."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from retrieval.models import Passage, Query, Vectors
from retrieval.protocols import EmbedderDown
from retrieval.sentences import sentence_spans
from retrieval.vectors import Leg

_READ = 3  # passages
_MOST = 40  # sentences of them all: up to 0.5 s on two idle cores; a passage that does not fit whole is left as it is


def near(legs: Sequence[Leg], query: Query, passages: Sequence[Passage]) -> list[Passage]:
    """The same passages; where vectors can be had, `evidence.near` of the first three holds a cosine for each sentence.

    Blocking. Never fails: without vectors words alone decide what is quoted.
    """
    kept, left = list(passages), _MOST
    with suppress(EmbedderDown):
        for at, passage in enumerate(kept[:_READ]):
            spans = sentence_spans(passage.text)
            if len(spans) <= left:
                left -= len(spans)
                cosines = _cosines(legs, query, passage)
                kept[at] = replace(passage, evidence=replace(passage.evidence, near=cosines))
    return kept


def _cosines(legs: Sequence[Leg], query: Query, passage: Passage) -> tuple[float, ...]:
    """Weighted mean over the legs that know both languages; () without one."""
    sentences = [passage.text[start:end] for start, end in sentence_spans(passage.text)]
    serving = [leg for leg in legs if leg.serves(query.language) and leg.serves(passage.language)]
    if not serving or not sentences:
        return ()
    total = np.zeros(len(sentences), np.float32)
    for leg in serving:
        vectors: Vectors = leg.embedder.passages(sentences, [passage.language] * len(sentences))
        total += leg.weight * (vectors @ leg.embedder.query(query.text, query.language)[0])
    return tuple(float(cosine) for cosine in total / sum(leg.weight for leg in serving))
