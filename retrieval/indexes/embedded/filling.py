"""Changes become one batch: here a document meets what is stored of it."""

from collections.abc import Iterable, Iterator, Mapping

from retrieval.indexes.embedded import records
from retrieval.indexes.embedded.batch import Batch, Piece
from retrieval.indexes.embedded.changes import Change, Put, Retouch, kept
from retrieval.indexes.embedded.store import Store
from retrieval.indexes.embedded.vectors import Stored
from retrieval.models import Document

PIECES = "select row, ordinal, place, start, end, at, size, length, terms from chunk where document = ? order by row"
COPIED = 5000  # chunks per commit of a copy


class Filling:
    """A batch in the making, with what is committed to make it from."""

    def __init__(self, store: Store) -> None:
        self.batch = store.batch()
        self._connection = store.connection
        self._store = store
        self._vectors: Mapping[str, Stored] | None = None
        self._last_key: int = self._connection.execute("select coalesce(max(key), 0) from document").fetchone()[0]

    def add(self, document_id: str, change: Change) -> None:
        """Add the one change of a document."""
        found = self._connection.execute("select key from document where id = ?", (document_id,)).fetchone()
        match change:
            case Put(document, text, pieces):
                key = found[0] if found else self._new_key()
                self._kill(key)
                self.batch.put_document(key, document, text)
                self._put_chunks(key, document, pieces)
            case Retouch(document) if found:
                self._retouch(found[0], document)
            case _ if found:
                self._kill(found[0])
                self.batch.removed.append(found[0])

    def pieces(self, key: int) -> Iterator[Piece]:
        """The committed chunks of a document."""
        if self._vectors is None:
            self._vectors = self._store.vectors()
        for row, *fields in self._connection.execute(PIECES, (key,)):
            yield Piece._make([*fields, kept(row, self._vectors)])

    def _retouch(self, key: int, document: Document) -> None:
        """Rows carry readers, source and language in all their forms: when these change, they are added again."""
        acl, source = self._connection.execute("select acl, source from document where key = ?", (key,)).fetchone()
        self.batch.put_document(key, document, None)
        if (self.batch.access(document), document.source) != (acl, source):
            pieces = list(self.pieces(key))
            self._kill(key)
            self._put_chunks(key, document, pieces)

    def _put_chunks(self, key: int, document: Document, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            self.batch.put_chunk(key, document, piece)

    def _kill(self, key: int) -> None:
        self.batch.kill(self._connection.execute("select row, length from chunk where document = ?", (key,)).fetchall())

    def _new_key(self) -> int:
        self._last_key += 1
        return self._last_key


def fill(store: Store, changes: Mapping[str, Change]) -> Batch:
    """The batch that brings these changes, by document id, to what is committed."""
    filling = Filling(store)
    for document_id, change in changes.items():
        filling.add(document_id, change)
    return filling.batch


def copy(source: Store, target: Store) -> None:
    """Put everything live of one generation into another, empty one."""
    stock, batch = Filling(source), target.batch()
    for key, document in records.read_documents(source.connection):
        batch.put_document(key, document, document.text.encode())
        for piece in stock.pieces(key):
            batch.put_chunk(key, document, piece)
        if len(batch.chunks) >= COPIED:
            target.apply(batch)
            batch = target.batch()
    target.apply(batch)
