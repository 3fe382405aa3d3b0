"""Chunks to what an index takes: their words by sentence and their vectors, for many documents at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.analyze import Analyzer
from retrieval.models import Chunk, Entry, Language
from retrieval.vectors import Leg, Text, chunk_vectors


@dataclass(frozen=True, slots=True)
class Cut:
    """A document cut into chunks."""

    title: str
    language: Language
    chunks: tuple[Chunk, ...]


def entries(cuts: Sequence[Cut], analyzer: Analyzer, legs: Sequence[Leg]) -> list[tuple[Entry, ...]]:
    """Entries of each document, in order. Blocking; give it dozens of documents. Raises EmbedderDown."""
    chunks = [(cut, chunk) for cut in cuts for chunk in cut.chunks]
    headings = [f"{cut.title}\n{chunk.place}".strip() for cut, chunk in chunks]
    texts = [Text(heading, chunk.text, cut.language) for heading, (cut, chunk) in zip(headings, chunks, strict=True)]
    words = analyzer.sentences([(heading, chunk.text) for heading, (_, chunk) in zip(headings, chunks, strict=True)])
    vectors = chunk_vectors(legs, texts)
    together = zip(chunks, words, vectors, strict=True)
    made = iter([Entry(chunk, sentences, legged) for (_, chunk), sentences, legged in together])
    return [tuple(next(made) for _ in cut.chunks) for cut in cuts]
