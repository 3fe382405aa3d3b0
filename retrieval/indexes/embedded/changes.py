"""Documents and chunks as they will be stored: all that can be wrong with them is found before a commit begins."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import BadDocument
from retrieval.indexes.embedded.batch import Piece
from retrieval.indexes.embedded.quantise import Halves, normalised
from retrieval.indexes.embedded.records import byte_offsets, encode_terms
from retrieval.indexes.embedded.vectors import Stored
from retrieval.models import Document, Entry, Vectors


@dataclass(frozen=True, slots=True)
class Put:
    """Write this document with these chunks, in place of what was there."""

    document: Document
    text: bytes
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Retouch:
    """Write this document and keep its chunks."""

    document: Document


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the document."""


Change = Put | Retouch | Delete


class Preparer:
    """Turns entries into pieces; knows which legs there are and which dimension each has."""

    def __init__(self, legs: Collection[str], dimensions: Mapping[str, int]) -> None:
        self._legs, self._dimensions = legs, dict(dimensions)

    def put(self, document: Document, entries: Sequence[Entry]) -> Put:
        """The change that stores a document. Raises BadDocument naming what does not fit."""
        try:
            text = document.text.encode()
        except UnicodeEncodeError as error:
            raise BadDocument(f"{document.id}: its text is not valid Unicode ({error}).") from error
        offsets = byte_offsets(document.text)
        return Put(document, text, tuple(self._piece(document, entry, offsets) for entry in entries))

    def _piece(self, document: Document, entry: Entry, offsets: NDArray[np.int64]) -> Piece:
        chunk = entry.chunk
        if (
            not 0 <= chunk.start <= chunk.end <= len(document.text)
            or document.text[chunk.start : chunk.end] != chunk.text
        ):
            raise BadDocument(
                f"{document.id}: chunk {chunk.ordinal} is not the text from {chunk.start} to {chunk.end}."
            )
        at, end = int(offsets[chunk.start]), int(offsets[chunk.end])
        terms, length = encode_terms(entry.sentences), sum(map(len, entry.sentences))
        if len(terms.split()) != length:
            raise BadDocument(f"{document.id}: chunk {chunk.ordinal} has a term that is empty or holds white space.")
        vectors = {leg: self._halves(document, leg, pieces) for leg, pieces in entry.vectors.items()}
        return Piece(chunk.ordinal, chunk.place, chunk.start, chunk.end, at, end - at, length, terms, vectors)

    def _halves(self, document: Document, leg: str, vectors: Vectors) -> Halves:
        if leg not in self._legs:
            known = ", ".join(sorted(self._legs)) or "none"
            raise BadDocument(f"{document.id}: a vector of leg {leg!r}; this index was built with: {known}.")
        expected = self._dimensions.setdefault(leg, vectors.shape[-1])
        if vectors.shape != (len(vectors), expected) or not np.isfinite(vectors).all():
            raise BadDocument(f"{document.id}: a vector of leg {leg!r} is not {expected} finite numbers.")
        return normalised(vectors).astype(np.float16)


def kept(row: int, vectors: Mapping[str, Stored]) -> dict[str, Halves]:
    """The committed vectors of a row, bit for bit, to be added again under another number."""
    found = {leg: _of_row(row, owners, halves) for leg, (owners, halves) in vectors.items()}
    return {leg: halves for leg, halves in found.items() if len(halves)}


def _of_row(row: int, owners: NDArray[np.int32], halves: Halves) -> Halves:
    wanted = np.int32(row)  # of the owners' type: another would copy them all
    first, last = np.searchsorted(owners, wanted, "left"), np.searchsorted(owners, wanted, "right")
    return np.array(halves[first:last])
