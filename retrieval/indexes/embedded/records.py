"""Rows of SQLite as the documents and chunks of the models."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from retrieval.models import Chunk, Document, Language

Sentences = tuple[tuple[str, ...], ...]

DOCUMENT = "d.key, d.id, d.source, d.title, d.url, d.language, d.updated, d.etag, a.readers"
DOCUMENTS = f"""
select {DOCUMENT}, b.text from document d join acl a on a.code = d.acl join body b on b.document = d.key
"""  # noqa: S608 — our own columns
CHUNKS = f"""
select c.row, c.ordinal, c.place, c.start, c.end, c.at, c.size, c.terms, {DOCUMENT}
from chunk c join document d on d.key = c.document join acl a on a.code = d.acl
where c.row in (select value from json_each(?))
"""  # noqa: S608 — our own columns


class Record(NamedTuple):
    """A chunk with its document, whose text is left out."""

    row: int
    document: Document
    chunk: Chunk
    sentences: Sentences


def read_chunks(connection: sqlite3.Connection, rows: Sequence[int]) -> list[Record]:
    """Chunks of those of the rows given that are live in the connection's transaction."""
    records = []
    for row, ordinal, place, start, end, at, size, terms, *fields in connection.execute(CHUNKS, (json.dumps(rows),)):
        chunk = Chunk(ordinal, _text(connection, fields[0], at=at, size=size), place, start, end)
        records.append(Record(row, _document(fields), chunk, decode_terms(terms)))
    return records


def read_document(connection: sqlite3.Connection, document_id: str) -> Document | None:
    """A document, with its text."""
    for *fields, text in connection.execute(f"{DOCUMENTS} where d.id = ?", (document_id,)):
        return _document(fields, text.decode())
    return None


def read_documents(connection: sqlite3.Connection) -> Iterator[tuple[int, Document]]:
    """All documents, with their texts."""
    for *fields, text in connection.execute(f"{DOCUMENTS} order by d.key"):
        yield fields[0], _document(fields, text.decode())


def _document(fields: Sequence[object], text: str = "") -> Document:
    """A document from the columns of `DOCUMENT`."""
    _, name, source, title, url, language, updated, etag, readers = cast("Sequence[str]", fields)
    day = date.fromisoformat(updated) if updated else None
    known = frozenset(json.loads(readers))
    return Document(name, source, title, url, cast("Language", language), known, day, etag, text)


def _text(connection: sqlite3.Connection, key: int, *, at: int, size: int) -> str:
    # Opened as a blob, SQLite reads the pages of this piece and not the whole document.
    with connection.blobopen("body", "text", key, readonly=True) as body:
        body.seek(at)
        return body.read(size).decode()


def byte_offsets(text: str) -> NDArray[np.int64]:
    """Where each character of a text begins in UTF-8, and where the text ends."""
    characters = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    widths = 1 + (characters > 0x7F).astype(np.int64) + (characters > 0x7FF) + (characters > 0xFFFF)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(widths)])


def encode_terms(sentences: Sentences) -> str:
    """Sentences a line each, terms separated by a space: also what tantivy splits at white space."""
    return "\n".join(" ".join(sentence) for sentence in sentences)


def decode_terms(text: str) -> Sentences:
    """What `encode_terms` was given."""
    return tuple(tuple(line.split(" ")) if line else () for line in text.split("\n"))


def encode_readers(readers: frozenset[str]) -> str:
    """One text per set."""
    return json.dumps(sorted(readers), ensure_ascii=False)
