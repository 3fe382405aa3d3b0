"""An embedder that never embeds the same passage twice: vectors are kept on disk by content."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.embedders.place import cache_folder
from retrieval.embedders.vault import Vault
from retrieval.models import Vectors
from retrieval.protocols import Embedder


class CachedEmbedder:
    """Wraps an embedder; questions are not kept (they are cheap, private, and seldom repeat). Thread-safe."""

    def __init__(self, embedder: Embedder, folder: Path | None = None) -> None:
        self._embedder = embedder
        self._vault = Vault((folder or cache_folder() / "embeddings") / "vectors.db")
        self.name, self.dimension = embedder.name, embedder.dimension
        self.fingerprint, self.languages = embedder.fingerprint, embedder.languages

    def passages(self, texts: Sequence[str], languages: Sequence[str]) -> Vectors:
        """As the embedder's; only texts not seen before are embedded. Raises EmbedderDown."""
        keys = [self._key(text, language) for text, language in zip(texts, languages, strict=True)]
        known = self._vault.get(keys)
        missing = {key: index for index, key in enumerate(keys) if key not in known}
        fresh = self._embedder.passages([texts[i] for i in missing.values()], [languages[i] for i in missing.values()])
        # Rounded to f16 whether kept or new: the first and the second run must not differ in a tie.
        made = dict(zip(missing, fresh.astype(np.float16), strict=True))
        self._vault.put({key: vector.tobytes() for key, vector in made.items()})
        rows = [made[key] if key in made else np.frombuffer(known[key], np.float16) for key in keys]
        return np.array(rows, np.float32).reshape(len(texts), self.dimension)

    def query(self, text: str, language: str) -> Vectors:
        """As the embedder's."""
        return self._embedder.query(text, language)

    def _key(self, text: str, language: str) -> bytes:
        return hashlib.sha256(f"{self.fingerprint}\0{language}\0{text}".encode()).digest()
