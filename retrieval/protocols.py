"""The seams of retrieval: each a promise that every implementation keeps and a contract test checks."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.errors import DaedapError
from retrieval.models import (
    Document,
    Entry,
    Found,
    IndexRequest,
    IndexResult,
    Parsed,
    Passage,
    Query,
    Ranked,
    RawDocument,
    Vectors,
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an index was built with; another fingerprint means another index (a dimension check would not notice a swapped model)."""

    analyzer: str
    chunking: str
    legs: Mapping[str, str]  # leg -> "model sha256 dimension prefixes normalisation length"


class EmbedderDown(DaedapError):
    """No vectors can be had (model missing, server down): search goes on with words, indexing reports it."""


class Embedder(Protocol):
    """Text to vectors. Thread-safe; blocking (callers use a thread). Both methods raise EmbedderDown."""

    name: str  # the leg's name in the index, e.g. "e5"
    dimension: int
    fingerprint: str
    languages: frozenset[str]  # in which it may vote; empty = all

    def passages(self, texts: Sequence[str], languages: Sequence[str]) -> Vectors:
        """Vectors of texts to be found, in order, rows L2-normalised, ready to be stored (language-centred where the model needs it)."""
        ...

    def query(self, text: str, language: str) -> Vectors:
        """Vector of a question, shape (1, dimension), comparable with `passages`."""
        ...


class Parser(Protocol):
    """Bytes to text with structure. Raises `core.errors.BadDocument` naming the document and the reason."""

    def __call__(self, content: bytes, name: str) -> Parsed: ...


class Source(Protocol):
    """Where documents come from. Yields every document there is now; unreadable ones raise nothing but are yielded as `Unreadable`."""

    name: str
    expected: int  # documents there are, as far as known by now (for showing progress); 0 = not yet known

    def check(self) -> object:
        """Raise SettingsError when the source cannot be read as it is set; quick, called before anything is started."""
        ...

    def documents(self, known: Mapping[str, str]) -> AsyncIterator["SourceItem"]:
        """All documents; `known` maps id to etag, so that content need not be read again when nothing changed."""
        ...


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A document whose etag is the known one."""

    id: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A document that exists and could not be read, with the reason for the operator.

    Its old version stays in the index, unless `readers` are known and others than before. An id ending in "/" stands
    for every document beneath it (a folder that cannot be listed).
    """

    id: str
    reason: str
    readers: frozenset[str] | None = None


SourceItem = RawDocument | Unchanged | Unreadable


class Index(Protocol):
    """What is searched. Every result comes from exactly one generation and holds only chunks readable by the audience."""

    def search(self, request: IndexRequest) -> IndexResult:
        """Candidates of both legs. Blocking, thread-safe. Sees every commit that finished before the call."""
        ...

    def document(self, document_id: str, audience: frozenset[str]) -> Document | None:
        """One document with its text, or None when it does not exist or this audience may not read it."""
        ...

    @property
    def problem(self) -> str | None:
        """What is wrong with the index while an older generation stands in, for the operator; None when all is well."""
        ...


class IndexWriter(Protocol):
    """The one writer of an index. A commit is all or nothing, also after kill -9; readers see either side of it, never between."""

    fingerprint: Fingerprint

    @property
    def rebuilding(self) -> bool:
        """Whether this is a new generation, empty at first and seen by nobody until `publish`."""
        ...

    def known(self, source: str) -> Mapping[str, str]:
        """Document id -> etag of everything committed for this source."""
        ...

    def upsert(self, document: Document, entries: Sequence[Entry]) -> None:
        """Put a document in place of what was there under its id. Raises BadDocument when an entry does not fit the document."""
        ...

    def update(self, document: Document) -> bool:
        """Change readers, url, source, date or etag of a document that is there, keeping its chunks, words and vectors.

        False, and nothing done, when it is not there or its text, title or language differ: words and vectors stem from these.
        """
        ...

    def delete(self, document_id: str) -> None: ...

    def commit(self) -> None: ...

    def publish(self) -> None:
        """Commit, and make what this writer wrote the index that readers see (a rebuild is invisible until then)."""
        ...

    def compact_if_needed(self) -> bool:
        """Give back the room of what was replaced or deleted, when it is worth it; call it at the end of a reindex."""
        ...

    def close(self) -> None:
        """Let go of the index. What was not committed is lost, and a rebuild that was not published with it."""
        ...


@dataclass(frozen=True, slots=True)
class IndexBackend:
    """An index as settings pick it: how its folder is read, written and built anew. All raise as their results do."""

    read: Callable[[Path, Fingerprint], Index]
    write: Callable[[Path, Fingerprint], IndexWriter]
    rebuild: Callable[[Path, Fingerprint], IndexWriter]


class Fusion(Protocol):
    """Several rankings to one, deterministic, ties broken by document id and ordinal."""

    def __call__(self, query: Query, terms: Sequence[str], result: IndexResult) -> Sequence[Ranked]: ...


class Reranker(Protocol):
    """A better order by reading question and chunk together. Gets only what the audience may read."""

    async def __call__(self, query: Query, ranked: Sequence[Ranked]) -> Sequence[Ranked]:
        """The same candidates, best first, with new scores. Raises Transient when its server is down or slow."""
        ...


class KnowledgeBase(Protocol):
    """What the configuration picks: hybrid here, Kendra or Bedrock later."""

    async def retrieve(self, query: Query) -> Found:
        """Ranked passages, best first, at most `query.limit`, all readable by the audience. A missing leg is a note, not an error."""
        ...

    async def near(self, query: Query, passages: Sequence[Passage]) -> Sequence[Passage]:
        """The same passages, with `evidence.near` where vectors can be had: which sentence to quote when words decide little."""
        ...

    async def document(self, document_id: str, audience: frozenset[str]) -> Document | None:
        """A whole document, or None when it does not exist or this audience may not read it."""
        ...

    async def warm(self) -> None:
        """Load what the first question would wait for. Raises IndexUnusable where there is nothing to search yet."""
        ...

    def close(self) -> None:
        """Let go of threads and connections."""
        ...
