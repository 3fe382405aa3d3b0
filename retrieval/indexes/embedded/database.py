"""The truth of a generation: one SQLite file, whose COMMIT is the moment at which a change exists."""

import json
import sqlite3
from pathlib import Path
from typing import NamedTuple

from retrieval.indexes.embedded.layout import DATABASE
from retrieval.protocols import Fingerprint

# chunk.at and chunk.size are bytes of body.text, so that a candidate's text is read without its whole document.
# segment: one row a commit; its rows' access and tag codes and the rows it made dead are what readers keep in memory.
SCHEMA = """
create table state(key text primary key, value) without rowid;
create table document(key integer primary key, id text not null unique, source text not null, language text not null,
    acl integer not null, etag text not null, updated text, url text not null, title text not null);
create index document_source on document(source);
create table body(document integer primary key, text blob not null);
create table chunk(row integer primary key, document integer not null, ordinal integer not null, place text not null,
    start integer not null, end integer not null, at integer not null, size integer not null,
    length integer not null, terms text not null);
create index chunk_document on chunk(document);
create table acl(code integer primary key, readers text not null unique);
create table tag(code integer primary key, source text not null, language text not null, unique(source, language));
create table segment(version integer primary key, first integer not null, count integer not null,
    acl blob not null, tag blob not null, dead blob not null);
create table leg(name text primary key, dimension integer not null, pieces integer not null);
create table piece(version integer not null, leg text not null, owner blob not null, primary key(version, leg));
"""


class State(NamedTuple):
    """Where a generation stands."""

    version: int  # number of commits
    rows: int  # chunks ever added; the next one gets this number
    length: int  # terms of all live chunks
    words_version: int  # commits whose dead rows the words are known to have dropped
    published: int  # 1 once CURRENT may name this generation


def create(folder: Path, fingerprint: Fingerprint) -> None:
    """Make an empty database for a new generation."""
    (folder / DATABASE).touch()
    connection = connect(folder)
    connection.execute("pragma journal_mode = wal")
    connection.executescript(SCHEMA)
    rows = [(name, 0) for name in State._fields] + [("fingerprint", encode_fingerprint(fingerprint))]
    connection.executemany("insert into state values (?, ?)", rows)
    connection.close()


def connect(folder: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """Open a generation's database; a missing file raises sqlite3.OperationalError."""
    uri = f"{(folder / DATABASE).resolve().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30, check_same_thread=False)
    connection.execute(
        "pragma synchronous = full"
    )  # with NORMAL the last commits of the WAL may be lost, and the proof with them
    connection.execute("pragma mmap_size = 268435456")
    if readonly:
        connection.execute("pragma query_only = 1")
    return connection


def read_state(connection: sqlite3.Connection) -> State:
    """The state as of the connection's transaction."""
    values = dict(connection.execute("select key, value from state"))
    return State(*(values[name] for name in State._fields))


def write_state(connection: sqlite3.Connection, **changes: int) -> None:
    """Change some of the state, inside the caller's transaction."""
    connection.executemany("update state set value = ? where key = ?", [(value, key) for key, value in changes.items()])


def read_version(connection: sqlite3.Connection) -> int:
    """Number of the last commit the connection's transaction sees."""
    version: int = connection.execute("select value from state where key = 'version'").fetchone()[0]
    return version


def encode_fingerprint(fingerprint: Fingerprint) -> str:
    """One text per fingerprint, whatever the order of its legs."""
    parts = {"analyzer": fingerprint.analyzer, "chunking": fingerprint.chunking, "legs": dict(fingerprint.legs)}
    return json.dumps(parts, sort_keys=True, ensure_ascii=False)


def read_fingerprint(connection: sqlite3.Connection) -> Fingerprint:
    """What this generation was built with."""
    text = connection.execute("select value from state where key = 'fingerprint'").fetchone()[0]
    return Fingerprint(**json.loads(text))
