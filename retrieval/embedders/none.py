"""No embedder: search by words alone."""

from collections.abc import Sequence

import numpy as np

from retrieval.models import Vectors


class NoEmbedder:
    """Serves no language, so it never takes part; what `embedder = "none"` picks."""

    name = "none"
    dimension = 0
    fingerprint = "none"
    languages = frozenset({"-"})  # no text is in it

    def passages(self, texts: Sequence[str], languages: Sequence[str]) -> Vectors:
        """Empty vectors, shape (len(texts), 0)."""
        del languages
        return np.zeros((len(texts), 0), np.float32)

    def query(self, text: str, language: str) -> Vectors:
        """An empty vector, shape (1, 0)."""
        return self.passages([text], [language])
