"""One version of a generation, frozen: what all threads search until the next commit is seen."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.indexes.embedded.access import Mask, Masks, Tables
from retrieval.indexes.embedded.database import State, read_state
from retrieval.indexes.embedded.quantise import Quantised
from retrieval.indexes.embedded.vectors import LegFiles
from retrieval.indexes.embedded.words import WordsView

NOTHING = Tables(
    live=np.zeros(0, np.bool_),
    acl=np.zeros(0, np.int32),
    tag=np.zeros(0, np.int32),
    readers=(),
    codes={},
    tags=(),
    owners={},
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything but the texts, which are read from SQLite in a transaction of the same version."""

    generation: str
    state: State
    tables: Tables
    legs: Mapping[str, Quantised]
    words: WordsView
    masks: Masks
    count: int  # live rows

    @property
    def version(self) -> int:
        """Number of the commit it shows."""
        return self.state.version


def take(folder: Path, connection: sqlite3.Connection, words: WordsView, *, after: Snapshot | None = None) -> Snapshot:
    """The version that the connection's transaction sees; of `after`, an earlier one, only the difference is read.

    `words` must be a view loaded while this version was the newest.
    """
    state = read_state(connection)
    version, old = (after.version, after.tables) if after else (-1, NOTHING)
    live, acl, tag = _rows(connection, state.rows, after=version, old=old)
    readers, codes = _readers(connection, old)
    tags = tuple(connection.execute("select source, language from tag order by code"))
    tables = Tables(live, acl, tag, readers, codes, tags, _owners(connection, version, old.owners))
    found = connection.execute("select name, dimension, pieces from leg").fetchall()
    legs = {name: LegFiles(folder, name, dimension).read(pieces) for name, dimension, pieces in found}
    return Snapshot(folder.name, state, tables, legs, words, Masks(tables), int(np.count_nonzero(live)))


def _rows(
    connection: sqlite3.Connection, rows: int, *, after: int, old: Tables
) -> tuple[Mask, NDArray[np.int32], NDArray[np.int32]]:
    live, acl, tag = np.ones(rows, np.bool_), np.empty(rows, np.int32), np.empty(rows, np.int32)
    known = len(old.live)
    live[:known], acl[:known], tag[:known] = old.live, old.acl, old.tag
    news = "select first, count, acl, tag, dead from segment where version > ? order by version"
    for first, count, access, tags, dead in connection.execute(news, (after,)):
        acl[first : first + count] = np.frombuffer(access, np.int32)
        tag[first : first + count] = np.frombuffer(tags, np.int32)
        live[np.frombuffer(dead, np.int64)] = False
    return live, acl, tag


def _readers(
    connection: sqlite3.Connection, old: Tables
) -> tuple[tuple[frozenset[str], ...], Mapping[str, tuple[int, ...]]]:
    news = connection.execute(
        "select code, readers from acl where code >= ? order by code", (len(old.readers),)
    ).fetchall()
    if not news:
        return old.readers, old.codes
    sets = [frozenset(json.loads(readers)) for _, readers in news]
    codes: dict[str, list[int]] = {}
    for code, readers in enumerate(sets, len(old.readers)):
        for principal in readers:
            codes.setdefault(principal, []).append(code)
    added = {principal: (*old.codes.get(principal, ()), *new) for principal, new in codes.items()}
    return (*old.readers, *sets), {**old.codes, **added}


def _owners(
    connection: sqlite3.Connection, after: int, old: Mapping[str, NDArray[np.int32]]
) -> Mapping[str, NDArray[np.int32]]:
    parts: dict[str, list[NDArray[np.int32]]] = {leg: [owners] for leg, owners in old.items()}
    news = connection.execute("select leg, owner from piece where version > ? order by version", (after,))
    for leg, owner in news:
        parts.setdefault(leg, []).append(np.frombuffer(owner, np.int32))
    return {leg: np.concatenate(arrays) for leg, arrays in parts.items()}
