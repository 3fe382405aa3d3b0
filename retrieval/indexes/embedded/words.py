"""BM25 over a frozen view of the words: k1 1.2 and b .75 are tantivy's constants; it rounds lengths to one byte."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import tantivy

from retrieval.indexes.embedded.access import Visible
from retrieval.indexes.embedded.layout import WORDS

WIDE = 0.25  # of all rows visible: cheaper to search all and drop than to join long posting lists of access


class Hit(NamedTuple):
    """A row and its BM25."""

    row: int
    score: float


class WordsView:
    """One state of the words, unchanged by later commits. Thread-safe."""

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema) -> None:
        self._searcher, self._schema = searcher, schema

    @property
    def rows(self) -> int:
        """Rows it holds, those included that SQLite does not count (yet or any more)."""
        return int(self._searcher.num_docs)

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """Term -> rows that hold it, live and dead."""
        return {term: self._searcher.doc_freq("terms", term) for term in terms}

    def best(self, terms: Sequence[str], count: int, visible: Visible) -> list[Hit]:
        """The `count` best rows; every hit passes the access mask, so nothing early, late or foreign shows."""
        if not terms or not visible.count:
            return []
        share = visible.count / len(visible.mask)
        query = self._any(terms) if share >= WIDE else self._filtered(terms, visible)
        wanted = int(count / share * 1.2) + 8 if share >= WIDE else count
        while True:
            hits = self._search(query, wanted)
            seen = [hit for hit in hits if hit.row < len(visible.mask) and visible.mask[hit.row]]
            if len(seen) >= count or len(hits) < wanted:
                return seen[:count]
            wanted *= 4

    def scores(self, terms: Sequence[str], rows: Sequence[int]) -> dict[int, float]:
        """BM25 of some rows; rows without any of the terms are missing."""
        if not terms or not rows:
            return {}
        chosen = tantivy.Query.term_set_query(self._schema, "row", list(rows))
        hits = self._search(self._both(self._any(terms), [chosen]), len(rows))
        return {hit.row: hit.score for hit in hits}

    def _any(self, terms: Sequence[str]) -> tantivy.Query:
        clauses = [tantivy.Query.term_query(self._schema, "terms", term, "freq") for term in terms]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, clause) for clause in clauses])

    def _filtered(self, terms: Sequence[str], visible: Visible) -> tantivy.Query:
        wanted = {"acl": visible.scope.audience, "source": visible.scope.sources, "language": visible.scope.languages}
        sets = [
            tantivy.Query.term_set_query(self._schema, name, sorted(values))
            for name, values in wanted.items()
            if values
        ]
        return self._both(self._any(terms), sets)

    @staticmethod
    def _both(words: tantivy.Query, filters: Sequence[tantivy.Query]) -> tantivy.Query:
        # A constant score of 0 keeps the filter out of the BM25.
        silent = [tantivy.Query.const_score_query(query, 0.0) for query in filters]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in (words, *silent)])

    def _search(self, query: tantivy.Query, count: int) -> list[Hit]:
        hits = self._searcher.search(query, count, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return [Hit(int(row), float(score)) for row, (score, _) in zip(rows, hits, strict=True) if row is not None]


class WordsReader:
    """The reading side of a generation's words. Not thread-safe: its owner takes turns."""

    def __init__(self, generation: Path) -> None:
        """Raises FileNotFoundError when the words are missing or cannot be read: tantivy does not tell which."""
        with _readable(generation):
            self._index = tantivy.Index.open(str(generation / WORDS))
            self._index.config_reader("manual")
        self._generation = generation

    def view(self) -> WordsView:
        """The newest committed state. Raises FileNotFoundError like the constructor."""
        with _readable(self._generation):
            self._index.reload()
            return WordsView(self._index.searcher(), self._index.schema)


@contextmanager
def _readable(generation: Path) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise FileNotFoundError(f"{generation / WORDS}: {error}") from error
