"""An index in memory that looks at everything: slow, obvious, and so an oracle for the real one."""

import math
from collections import Counter

import numpy as np

from retrieval.models import Candidate, Chunk, Document, Entry, IndexRequest, IndexResult

K1, B = 1.2, 0.75


def document(number: str, title: str = "", *, language="ko", readers=("public",), updated=None) -> Document:
    return Document(number, "test", title or number, "", language, frozenset(readers), updated, "", "")


class MemoryIndex:
    problem: str | None = None

    def __init__(self) -> None:
        self.rows: list[tuple[Document, Entry]] = []
        self.generation = "g1"
        self.requests: list[IndexRequest] = []

    def add(self, document: Document, entries) -> None:
        self.rows += [(document, entry) for entry in entries]

    def search(self, request: IndexRequest) -> IndexResult:
        self.requests.append(request)
        counts = [Counter(term for sentence in entry.sentences for term in sentence) for _, entry in self.rows]
        average = sum(map(Counter.total, counts)) / max(1, len(counts))
        frequencies = {term: sum(term in count for count in counts) for term in set(request.terms)}
        words = [self._bm25(request, count, frequencies, average) for count in counts]
        cosines = [
            {
                leg: float((entry.vectors[leg] @ vector).max())
                for leg, vector in request.vectors.items()
                if leg in entry.vectors
            }
            for _, entry in self.rows
        ]
        seen = [row for row in range(len(self.rows)) if self._visible(request, self.rows[row][0])]
        chosen = set(sorted((row for row in seen if words[row] > 0), key=lambda row: -words[row])[: request.pool])
        for leg in request.vectors:
            chosen |= set(sorted(seen, key=lambda row: -cosines[row].get(leg, -1))[: request.pool])
        candidates = [
            Candidate(self.rows[row][0], self.rows[row][1].chunk, self.rows[row][1].sentences, words[row], cosines[row])
            for row in sorted(chosen)
        ]
        return IndexResult(tuple(candidates), frequencies, len(self.rows), average, self.generation)

    def document(self, document_id, audience):
        found = next((one for one, _ in self.rows if one.id == document_id), None)
        return found if found and found.readers & audience else None

    def _visible(self, request, document) -> bool:
        return (
            bool(document.readers & request.audience)
            and (not request.sources or document.source in request.sources)
            and (not request.languages or document.language in request.languages)
        )

    def _bm25(self, request, count, frequencies, average) -> float:
        length, score = count.total(), 0.0
        for term in request.terms:
            if count[term]:
                idf = math.log(1 + (len(self.rows) - frequencies[term] + 0.5) / (frequencies[term] + 0.5))
                score += idf * count[term] * (K1 + 1) / (count[term] + K1 * (1 - B + B * length / average))
        return score


class DirectionEmbedder:
    """Vectors by what a text is about, told by a table: "leave" points one way, "travel" another."""

    name, dimension, fingerprint = "e5", 4, "directions"
    languages: frozenset[str] = frozenset()

    def __init__(self, directions: dict[str, int]) -> None:
        self.directions = directions

    def passages(self, texts, languages):
        return np.array([self._vector(text) for text in texts], np.float32).reshape(len(texts), self.dimension)

    def query(self, text, language):
        return self.passages([text], [language])

    def _vector(self, text):
        vector = np.full(self.dimension, 0.01, np.float32)
        for word, axis in self.directions.items():
            vector[axis] += word in text.lower()
        return vector / np.linalg.norm(vector)


def chunk(text: str, ordinal: int = 0) -> Chunk:
    return Chunk(ordinal, text, "", 0, len(text))
