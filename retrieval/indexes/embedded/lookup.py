"""Looking up documents by name, for those who may read them."""

import sqlite3

from retrieval.access import readable
from retrieval.indexes.embedded.records import read_document
from retrieval.models import Document


def document(connection: sqlite3.Connection, document_id: str, audience: frozenset[str]) -> Document | None:
    """One document with its text, if somebody of the audience may read it."""
    found = read_document(connection, document_id)
    return found if found and readable(found.readers, audience) else None
