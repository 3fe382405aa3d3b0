"""Small documents whose words and vectors follow from their texts, so that any mix-up in an index shows."""

import hashlib
import re
from collections.abc import Iterable

import numpy as np

from retrieval.models import Chunk, Document, Entry, IndexRequest, Language, Vector
from retrieval.protocols import Fingerprint

LEG = "e5"
DIMENSION = 16
FINGERPRINT = Fingerprint(analyzer="words", chunking="sentences", legs={LEG: "sample 16"})
EVERYONE = frozenset({"public"})


def vector_of(text: str) -> Vector:
    """A vector that only this text has."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    vector = np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
    return vector / np.linalg.norm(vector)


def terms_of(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.lower()))


def make_document(
    name: str,
    text: str,
    *,
    readers: Iterable[str] = EVERYONE,
    source: str = "files",
    language: Language = "en",
    title: str = "",
    etag: str = "1",
) -> Document:
    url = f"https://example.invalid/{name}"
    return Document(name, source, title or f"About {name}", url, language, frozenset(readers), None, etag, text)


def entries_of(document: Document) -> list[Entry]:
    """A chunk for each line, its vector from its text."""
    entries, start = [], 0
    for ordinal, line in enumerate(document.text.split("\n")):
        chunk = Chunk(ordinal, line, f"Part {ordinal}", start, start + len(line))
        entries.append(Entry(chunk, (terms_of(document.title), terms_of(line)), {LEG: vector_of(line)[None]}))
        start += len(line) + 1
    return entries


def asking(
    words: str = "",
    *,
    like: str = "",
    audience: frozenset[str] = EVERYONE,
    pool: int = 50,
    sources: Iterable[str] = (),
    languages: Iterable[str] = (),
) -> IndexRequest:
    """A request for words, for what is near a text, or both."""
    vectors = {LEG: vector_of(like)} if like else {}
    return IndexRequest(terms_of(words), vectors, audience, pool, frozenset(sources), frozenset(languages))
