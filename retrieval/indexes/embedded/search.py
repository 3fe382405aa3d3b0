"""One search of one snapshot: the best by words and by each leg, and for their union all that ranking needs."""

import sqlite3
from collections.abc import Mapping, Sequence

import numpy as np

from retrieval.indexes.embedded import records
from retrieval.indexes.embedded.access import Scope, Visible
from retrieval.indexes.embedded.scan import Rows, exact_scores, largest, rough_scores
from retrieval.indexes.embedded.snapshot import Snapshot
from retrieval.models import Candidate, IndexRequest, IndexResult, Vector

RESCORED = 10  # pieces scored exactly for each one wanted: recall@10 .998 and more at 100,000 and 1,000,000 chunks
LEAST = 100


def search(snapshot: Snapshot, connection: sqlite3.Connection, request: IndexRequest) -> IndexResult:
    """Search a generation; the connection's transaction must be of the snapshot's version."""
    terms = tuple(
        dict.fromkeys(request.terms)
    )  # a word asked for twice weighs no more, and costs no second posting list
    legs = {leg: vector for leg, vector in request.vectors.items() if leg in snapshot.legs}
    visible = snapshot.masks.visible(Scope.of(request))
    words = {hit.row: hit.score for hit in snapshot.words.best(terms, request.pool, visible)}
    rows = set(words).union(
        *(_nearest(snapshot, leg, vector, count=request.pool, visible=visible) for leg, vector in legs.items())
    )
    words |= snapshot.words.scores(terms, sorted(rows - words.keys()))
    cosines = {leg: _cosines(snapshot, leg, vector, rows=sorted(rows)) for leg, vector in request.vectors.items()}
    return IndexResult(
        candidates=_candidates(connection, sorted(rows), words=words, cosines=cosines),
        frequencies=snapshot.words.frequencies(terms),
        count=snapshot.count,
        average_length=snapshot.state.length / max(snapshot.count, 1),
        generation=f"{snapshot.generation}.{snapshot.version}",
    )


def _candidates(
    connection: sqlite3.Connection,
    rows: Sequence[int],
    *,
    words: Mapping[int, float],
    cosines: Mapping[str, Mapping[int, float]],
) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            record.document,
            record.chunk,
            record.sentences,
            words=words.get(record.row, 0.0),
            cosines={leg: scores.get(record.row, 0.0) for leg, scores in cosines.items()},
        )
        for record in records.read_chunks(connection, rows)
    )


def _nearest(snapshot: Snapshot, leg: str, vector: Vector, *, count: int, visible: Visible) -> list[int]:
    """Rows of the visible chunks nearest by one leg, best first."""
    pieces, owners = snapshot.legs[leg], snapshot.tables.owners[leg]
    gathered = visible.gathered[leg]
    rough = rough_scores(vector, pieces, gathered)
    if gathered is None:
        rough[~visible.pieces[leg]] = -np.inf
    top = largest(rough, max(count * RESCORED, LEAST))
    top = top[rough[top] > -np.inf]
    chosen: Rows = np.sort(top if gathered is None else gathered[top])
    best = chosen[np.argsort(-exact_scores(vector, pieces, chosen), kind="stable")]
    return list(dict.fromkeys(owners[best].tolist()))[:count]  # several pieces may belong to one chunk


def _cosines(snapshot: Snapshot, leg: str, vector: Vector, *, rows: Sequence[int]) -> Mapping[int, float]:
    """Exact cosine of each row, by its best piece where it has several; rows without a vector are missing."""
    if leg not in snapshot.legs:
        return {}
    owners = snapshot.tables.owners[leg]
    wanted = np.array(rows, np.int32)  # of the owners' type: another would copy them all
    first, last = np.searchsorted(owners, wanted, "left"), np.searchsorted(owners, wanted, "right")
    pieces = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)] or [np.zeros(0, np.int64)])
    best: dict[int, float] = {}
    scores = exact_scores(vector, snapshot.legs[leg], pieces).tolist()
    for row, score in zip(owners[pieces].tolist(), scores, strict=True):
        best[row] = max(score, best.get(row, score))
    return best
