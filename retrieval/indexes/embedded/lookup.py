"""Looking up documents by name, for those who may read them."""

import json
import sqlite3
from collections.abc import Sequence

from retrieval.access import readable
from retrieval.indexes.embedded.records import read_document
from retrieval.models import Document

TITLES = """
select d.title from document d where d.title <> '' and d.acl in
    (select a.code from acl a, json_each(a.readers) r where r.value in (select value from json_each(?)))
group by d.title order by max(d.updated) desc, d.title limit ?
"""


def document(connection: sqlite3.Connection, document_id: str, audience: frozenset[str]) -> Document | None:
    """One document with its text, if somebody of the audience may read it."""
    found = read_document(connection, document_id)
    return found if found and readable(found.readers, audience) else None


def titles(connection: sqlite3.Connection, audience: frozenset[str], limit: int) -> Sequence[str]:
    """Titles this audience may read, the newest first."""
    return [title for (title,) in connection.execute(TITLES, (json.dumps(sorted(audience)), limit))]
