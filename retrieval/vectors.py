"""Chunks to vectors: every leg sees a chunk as small pieces under their title, and the best piece speaks for the chunk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.models import Language, Vector, Vectors
from retrieval.protocols import Embedder
from retrieval.sentences import sentence_spans

# Search small, show the section: measured in Hit@1 / MRR@10 on handbook against one vector per chunk of 600 characters,
# 48.2 / 58.8 to 45.0 / 55.5; equal where chunks are short. A model's limit of 512 tokens no longer cuts anything off.
PIECE = 250


@dataclass(frozen=True, slots=True)
class Leg:
    """One embedder as the index and the fusion use it. Several may stand side by side (another model, another size of piece)."""

    embedder: Embedder
    weight: float = 1.0  # of its cosine in the sum of all legs
    piece: int = PIECE  # characters of English; Korean says the same in half

    @property
    def name(self) -> str:
        """What the index calls it."""
        return self.embedder.name

    @property
    def fingerprint(self) -> str:
        """What its vectors in an index depend on."""
        return f"{self.embedder.fingerprint}, pieces of {self.piece}"

    def serves(self, language: str) -> bool:
        """Whether it may vote on text in this language: a model that does not know it only shouts."""
        return not self.embedder.languages or language in self.embedder.languages


@dataclass(frozen=True, slots=True)
class Text:
    """A chunk on its way to vectors. `heading`: the title, and the place where it says more."""

    heading: str
    text: str
    language: Language


def chunk_vectors(legs: Sequence[Leg], texts: Sequence[Text]) -> list[dict[str, Vectors]]:
    """Vectors of each text by leg, shape (pieces, dimension), in order; without a leg that does not serve its language.

    Blocking, and the dearest step of indexing: give it many texts at once. Raises EmbedderDown.
    """
    found: list[dict[str, Vectors]] = [{} for _ in texts]
    for leg in legs:
        served = [index for index, text in enumerate(texts) if leg.serves(text.language)]
        for index, vectors in zip(served, _embedded(leg, [texts[index] for index in served]), strict=True):
            found[index][leg.name] = vectors
    return found


def question_vectors(legs: Sequence[Leg], text: str, language: Language) -> dict[str, Vector]:
    """The question's vector by leg, shape (dimension,), of the legs that serve its language. Blocking. Raises EmbedderDown."""
    return {leg.name: leg.embedder.query(text, language)[0] for leg in legs if leg.serves(language)}


def pieces(text: str, size: int) -> Iterator[str]:
    """The text in runs of whole sentences, each at most `size` characters unless one sentence is longer. At least one."""
    start = end = None
    for first, last in sentence_spans(text):
        if start is None:
            start = first
        elif last - start > size:
            yield text[start:end]
            start = first
        end = last
    yield text[start:end]


def _embedded(leg: Leg, texts: Sequence[Text]) -> Iterator[Vectors]:
    cut = [[f"{text.heading}\n{piece}" for piece in pieces(text.text, _size(leg, text))] for text in texts]
    languages = [text.language for text, parts in zip(texts, cut, strict=True) for _ in parts]
    vectors = leg.embedder.passages([part for parts in cut for part in parts], languages)
    ends = np.cumsum([len(parts) for parts in cut])
    yield from np.split(vectors, ends[:-1]) if texts else ()


def _size(leg: Leg, text: Text) -> int:
    return leg.piece // 2 if text.language == "ko" else leg.piece
