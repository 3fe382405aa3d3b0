"""The index that needs no server: SQLite holds the truth, tantivy finds words, flat files are scanned for vectors."""

from retrieval.indexes.embedded.reader import EmbeddedIndex as EmbeddedIndex
from retrieval.indexes.embedded.writer import EmbeddedWriter as EmbeddedWriter
from retrieval.indexes.embedded.writing import open_writer as open_writer
from retrieval.indexes.embedded.writing import rebuild as rebuild
from retrieval.protocols import IndexBackend

BACKEND = IndexBackend(read=EmbeddedIndex, write=open_writer, rebuild=rebuild)
