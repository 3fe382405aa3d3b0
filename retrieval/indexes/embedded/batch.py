"""What one commit will write, gathered in memory: rows get their numbers here and nothing is touched yet."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from retrieval.indexes.embedded.lexicon import Words
from retrieval.indexes.embedded.quantise import Halves, Quantised, from_halves
from retrieval.indexes.embedded.records import encode_readers
from retrieval.models import Document

Value = TypeVar("Value", bound=Hashable)


class Piece(NamedTuple):
    """A chunk as stored, without its place in the index."""

    ordinal: int
    place: str
    start: int
    end: int
    at: int  # bytes into the document's text
    size: int
    length: int  # terms
    terms: str
    vectors: Mapping[str, Halves]  # leg -> shape (pieces, dimension)


class Codes(Generic[Value]):
    """Numbers, from 0 without gaps, for values that many rows share. New ones are written with the next commit."""

    def __init__(self, known: Iterable[Value]) -> None:
        self._codes = {value: code for code, value in enumerate(known)}
        self._written = len(self._codes)

    def of(self, value: Value) -> int:
        """The number of a value."""
        return self._codes.setdefault(value, len(self._codes))

    def news(self) -> list[tuple[int, Value]]:
        """Numbers not yet written, with their values."""
        return [(code, value) for value, code in self._codes.items() if code >= self._written]

    def written(self) -> None:
        """Those are written now."""
        self._written = len(self._codes)


@dataclass(slots=True)
class Batch:
    """Rows of each table, vectors of each leg, and the rows that die."""

    first: int  # number of the first new row
    acl: Codes[str]
    tag: Codes[tuple[str, str]]
    documents: list[tuple[object, ...]] = field(default_factory=list)
    bodies: list[tuple[int, bytes]] = field(default_factory=list)
    chunks: list[tuple[object, ...]] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    row_acl: list[int] = field(default_factory=list)
    row_tag: list[int] = field(default_factory=list)
    vectors: dict[str, list[Halves]] = field(default_factory=dict)
    owners: dict[str, list[int]] = field(default_factory=dict)
    removed: list[int] = field(default_factory=list)  # keys of documents that go
    dead: list[int] = field(default_factory=list)  # rows
    length: int = 0  # terms added less terms removed

    def put_document(self, key: int, document: Document, text: bytes | None) -> None:
        """Write a document; its text too, unless None: the same as before."""
        code = self.access(document)
        updated = document.updated.isoformat() if document.updated else None
        fields = (
            document.id,
            document.source,
            document.language,
            code,
            document.etag,
            updated,
            document.url,
            document.title,
        )
        self.documents.append((key, *fields))
        if text is not None:
            self.bodies.append((key, text))

    def access(self, document: Document) -> int:
        """The access code of a document's readers."""
        return self.acl.of(encode_readers(document.readers))

    def put_chunk(self, key: int, document: Document, piece: Piece) -> None:
        """Write a chunk of a document under the next row number."""
        row = self.first + len(self.chunks)
        self.chunks.append((row, key, *piece[:-1]))
        self.words.append(Words(row, sorted(document.readers), document.source, document.language, piece.terms))
        self.row_acl.append(self.access(document))
        self.row_tag.append(self.tag.of((document.source, document.language)))
        self.length += piece.length
        for leg, halves in piece.vectors.items():
            self.vectors.setdefault(leg, []).append(halves)
            self.owners.setdefault(leg, []).extend([row] * len(halves))

    def kill(self, rows: list[tuple[int, int]]) -> None:
        """Let rows die, given with their lengths."""
        self.dead.extend(row for row, _ in rows)
        self.length -= sum(length for _, length in rows)

    def joined(self) -> dict[str, Quantised]:
        """The new vectors of each leg, in all their forms."""
        return {leg: from_halves(np.concatenate(parts)) for leg, parts in self.vectors.items()}

    @property
    def segment(self) -> tuple[int, int, bytes, bytes, bytes]:
        """What readers need to know of this commit: first row, count, codes of access and tag, dead rows."""
        acl, tag = np.array(self.row_acl, np.int32), np.array(self.row_tag, np.int32)
        dead = np.array(self.dead, np.int64)
        return self.first, len(self.chunks), acl.tobytes(), tag.tobytes(), dead.tobytes()
