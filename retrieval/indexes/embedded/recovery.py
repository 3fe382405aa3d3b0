"""What a writer does first: cut off what no commit counts, finish what one began, make derived parts anew."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import numpy as np
import structlog

from retrieval.indexes.embedded import choice, database, layout
from retrieval.indexes.embedded.lexicon import Lexicon, Words
from retrieval.indexes.embedded.store import Store
from retrieval.indexes.embedded.vectors import LegFiles
from retrieval.indexes.embedded.words import WordsReader
from retrieval.protocols import Fingerprint

log = structlog.get_logger()

WORDS = """
select c.row, a.readers, d.source, d.language, c.terms
from chunk c join document d on d.key = c.document join acl a on a.code = d.acl
"""


def open_current(root: Path, fingerprint: Fingerprint) -> tuple[Store, str | None]:
    """The generation in use, mended, or a first one; and what is broken when an older one takes its place.

    The caller holds the lock. Raises SettingsError and IndexUnusable as `choice.usable` does.
    """
    choice.clear_unfinished(root)
    if not layout.generations(root) and not (root / layout.CURRENT).exists():
        return _first(root, fingerprint), None
    store, problem = choice.usable(root, lambda folder: open_store(folder, fingerprint))
    if problem:
        for name in layout.generations(root):
            if name > store.folder.name:
                layout.set_aside(root, name)
        layout.switch(root, store.folder.name)
        log.warning("index.fell_back", generation=store.folder.name, problem=problem)
    return store, problem


def open_store(folder: Path, fingerprint: Fingerprint) -> Store:
    """Open a generation for writing, mended; the caller holds the lock. Raises IndexUnusable when its truth is lost."""
    with ExitStack() as failed:
        try:
            connection = failed.enter_context(closing(database.connect(folder)))
            choice.check_fingerprint(folder, connection, fingerprint)
            _mend_vectors(folder, connection)
            store = Store(folder, connection, _mended_words(folder, connection))
        except (sqlite3.Error, KeyError) as error:
            raise layout.unreadable(folder, error) from error
        failed.pop_all()  # from here on the store closes it
    return store


def is_whole(folder: Path, connection: sqlite3.Connection) -> bool:
    """Whether a reader can use this generation as it is: every derived part is there and not behind.

    Raises IndexUnusable when the truth is damaged, sqlite3.Error when the database is.
    """
    legs = connection.execute("select name, dimension, pieces from leg").fetchall()
    vectors = [LegFiles(folder, name, dimension).derived_are_whole(pieces) for name, dimension, pieces in legs]
    try:
        words = WordsReader(folder).view().rows
    except OSError:
        return False
    return all(vectors) and words >= connection.execute("select count(*) from chunk").fetchone()[0]


def _first(root: Path, fingerprint: Fingerprint) -> Store:
    store = Store.create(root / layout.following(root), fingerprint)
    store.mark_published()
    layout.switch(root, store.folder.name)
    return store


def _mend_vectors(folder: Path, connection: sqlite3.Connection) -> None:
    for name, dimension, pieces in connection.execute("select name, dimension, pieces from leg").fetchall():
        files = LegFiles(folder, name, dimension)
        whole = files.derived_are_whole(pieces)
        files.cut(pieces)
        if not whole:
            log.warning("index.vectors_made_anew", generation=str(folder), leg=name, pieces=pieces)
            files.derive(pieces)


def _mended_words(folder: Path, connection: sqlite3.Connection) -> Lexicon:
    state = database.read_state(connection)
    with suppress(ValueError, KeyError, OSError):  # whatever cannot be read is derived, and made anew below
        lexicon = Lexicon.open(folder)
        lexicon.delete_from(state.rows)
        lexicon.delete(_dead(connection, state.words_version))
        lexicon.commit()
        if lexicon.summary() == connection.execute("select count(*), coalesce(sum(row), 0) from chunk").fetchone():
            return lexicon
        lexicon.close()
    log.warning("index.words_made_anew", generation=str(folder), rows=state.rows)
    return _words_anew(folder, connection, state)


def _words_anew(folder: Path, connection: sqlite3.Connection, state: database.State) -> Lexicon:
    lexicon = Lexicon.create(folder)
    lexicon.add(_all_words(connection))
    lexicon.commit()
    # An empty commit makes readers that are open load the new words.
    connection.execute("begin immediate")
    connection.execute("insert into segment values (?, ?, 0, x'', x'', x'')", (state.version + 1, state.rows))
    database.write_state(connection, version=state.version + 1, words_version=state.version + 1)
    connection.execute("commit")
    return lexicon


def _all_words(connection: sqlite3.Connection) -> Iterator[Words]:
    for row, readers, source, language, terms in connection.execute(WORDS):
        yield Words(row, json.loads(readers), source, language, terms)


def _dead(connection: sqlite3.Connection, version: int) -> Iterator[int]:
    for (rows,) in connection.execute("select dead from segment where version > ?", (version,)):
        yield from np.frombuffer(rows, np.int64).tolist()
