"""Words of a generation, as tantivy keeps them: derived from SQLite's terms, and made anew when lost or behind."""

import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import tantivy

from retrieval.indexes.embedded.layout import WORDS

WRITER_MEMORY = 64_000_000  # bytes that tantivy may fill before it writes a segment
FARTHEST = 2**62  # beyond any row number


class Words(NamedTuple):
    """A row as words search sees it."""

    row: int
    readers: Sequence[str]
    source: str
    language: str
    terms: str  # separated by white space


def schema() -> tantivy.Schema:
    """Nothing is stored, no positions are kept. `row` is signed because Python's queries make signed terms."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("row", indexed=True, fast=True)
    for name in ("acl", "source", "language"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


class Lexicon:
    """The writing side. Adds and deletes count from `commit` on."""

    def __init__(self, index: tantivy.Index) -> None:
        self._index, self._schema = index, index.schema
        self._writer = index.writer(heap_size=WRITER_MEMORY, num_threads=1)

    @classmethod
    def create(cls, generation: Path) -> Self:
        """An empty one, in place of whatever is there."""
        folder = generation / WORDS
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return cls(tantivy.Index(schema(), path=str(folder)))

    @classmethod
    def open(cls, generation: Path) -> Self:
        """What is there, after a killed writer too. Raises ValueError or OSError when it cannot be read."""
        sweep(generation / WORDS)
        return cls(tantivy.Index.open(str(generation / WORDS)))

    def add(self, rows: Iterable[Words]) -> None:
        """Add rows."""
        for row, readers, source, language, terms in rows:
            document = tantivy.Document(row=row, acl=list(readers), source=source, language=language, terms=terms)
            self._writer.add_document(document)

    def delete(self, rows: Iterable[int]) -> None:
        """Delete rows."""
        for row in rows:
            self._writer.delete_documents_by_term("row", row)

    def delete_from(self, row: int) -> None:
        """Delete this row and all after it: what an interrupted commit added."""
        later = tantivy.Query.range_query(self._schema, "row", tantivy.FieldType.Integer, row, FARTHEST)
        self._writer.delete_documents_by_query(later)

    def commit(self) -> None:
        """Make it durable and visible to readers that reload."""
        self._writer.commit()

    def summary(self) -> tuple[int, int]:
        """Number of rows and their sum: differs from SQLite's when a row is missing or too many."""
        self._index.reload()
        figures = {"count": {"value_count": {"field": "row"}}, "sum": {"sum": {"field": "row"}}}
        found = self._index.searcher().aggregate(tantivy.Query.all_query(), figures)
        return int(found["count"]["value"]), int(found["sum"]["value"])

    def close(self) -> None:
        """Wait for merges and let go of the files."""
        self._writer.wait_merging_threads()


def sweep(folder: Path) -> None:
    """Remove files that meta.json does not name.

    tantivy refuses to overwrite what a killed writer left: without this, 48 of 60 restarts could never write again
    (`FileAlreadyExists …del`). A damaged meta.json raises ValueError.
    """
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    deletes: dict[str, str] = {}  # segment -> its one valid file of deletes
    for segment in meta["segments"]:
        name = segment["segment_id"].replace("-", "")
        deletes[name] = f"{name}.{(segment.get('deletes') or {}).get('opstamp')}.del"
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name == "meta.json":
            continue
        segment = path.name.split(".")[0]
        if segment not in deletes or (path.suffix == ".del" and path.name != deletes[segment]):
            path.unlink()
