"""Which rows an audience may see, as a mask over all rows; made once per audience and snapshot, in bounded memory."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from retrieval.models import IndexRequest

CACHE_BYTES = 32_000_000  # of masks a snapshot may keep
FEW = 0.3  # of the rows visible: below, gathering them is faster than scanning all

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks and what is asked of: one mask each."""

    audience: frozenset[str]
    sources: frozenset[str]
    languages: frozenset[str]

    @classmethod
    def of(cls, request: IndexRequest) -> "Scope":
        """The scope of a request."""
        return cls(request.audience, request.sources, request.languages)


@dataclass(frozen=True, slots=True)
class Visible:
    """The rows of one scope, and per leg the pieces (vectors) that belong to them."""

    scope: Scope
    mask: Mask  # one a row
    count: int
    pieces: Mapping[str, Mask]  # one a piece
    gathered: Mapping[str, NDArray[np.int32] | None]  # numbers of the visible pieces where they are few, else None

    @property
    def size(self) -> int:
        """Bytes it takes."""
        few = sum(rows.nbytes for rows in self.gathered.values() if rows is not None)
        return self.mask.nbytes + few + sum(mask.nbytes for mask in self.pieces.values())


@dataclass(frozen=True, slots=True)
class Tables:
    """What tells readers, source and language of a row: codes per row, and what the codes stand for."""

    live: Mask
    acl: NDArray[np.int32]
    tag: NDArray[np.int32]
    readers: tuple[frozenset[str], ...]  # acl code -> principals
    codes: Mapping[str, tuple[int, ...]]  # principal -> acl codes it may read
    tags: tuple[tuple[str, str], ...]  # tag code -> source, language
    owners: Mapping[str, NDArray[np.int32]]  # leg -> row that each piece belongs to, ascending

    def mask(self, scope: Scope) -> Mask:
        """Live rows that somebody of the audience may read, of the sources and languages asked for."""
        allowed = np.zeros(len(self.readers), np.bool_)
        for principal in scope.audience:
            allowed[list(self.codes.get(principal, ()))] = True
        mask = self.live & allowed[self.acl]
        if scope.sources or scope.languages:
            mask &= np.array([_matches(tag, scope) for tag in self.tags], np.bool_)[self.tag]
        return mask

    def visible(self, scope: Scope) -> Visible:
        """The mask with all that follows from it."""
        mask = self.mask(scope)
        pieces = {leg: mask[owners] for leg, owners in self.owners.items()}
        gathered = {leg: _few(seen) for leg, seen in pieces.items()}
        return Visible(scope, mask, int(np.count_nonzero(mask)), pieces, gathered)


class Masks:
    """The most recently used masks of one snapshot. Thread-safe."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._kept: OrderedDict[Scope, Visible] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def visible(self, scope: Scope) -> Visible:
        """The rows of a scope."""
        with self._lock:
            if scope in self._kept:
                self._kept.move_to_end(scope)
                return self._kept[scope]
        made = self._tables.visible(scope)
        with self._lock:
            self._keep(made)
        return made

    def _keep(self, made: Visible) -> None:
        if made.scope in self._kept:
            return
        self._kept[made.scope] = made
        self._bytes += made.size
        while self._bytes > CACHE_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.size


def _matches(tag: tuple[str, str], scope: Scope) -> bool:
    source, language = tag
    return (not scope.sources or source in scope.sources) and (not scope.languages or language in scope.languages)


def _few(mask: Mask) -> NDArray[np.int32] | None:
    return np.flatnonzero(mask).astype(np.int32) if np.count_nonzero(mask) < FEW * len(mask) else None
