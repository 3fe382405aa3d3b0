"""Vectors small enough to scan and exact enough to rank: int8 with a scale to find them, half floats to score them."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from retrieval.models import Vectors

Codes = NDArray[np.int8]  # shape (count, dimension)
Scales = NDArray[np.float32]  # shape (count,): code * scale is about the vector
Halves = NDArray[np.float16]  # shape (count, dimension), rows L2-normalised


class Quantised(NamedTuple):
    """The three forms in which vectors are stored; row i of each belongs to vector i."""

    codes: Codes
    scales: Scales
    halves: Halves

    @classmethod
    def empty(cls, dimension: int) -> Self:
        """No vectors."""
        return cls(np.zeros((0, dimension), np.int8), np.zeros(0, np.float32), np.zeros((0, dimension), np.float16))


def normalised(vectors: Vectors) -> Vectors:
    """Rows of length 1; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def quantise(vectors: Vectors) -> Quantised:
    """All three forms of some vectors, shape (count, dimension)."""
    return from_halves(normalised(vectors).astype(np.float16))


def from_halves(halves: Halves) -> Quantised:
    """The scanned form follows from the scored one, so that it can be made again when its file is lost."""
    vectors = halves.astype(np.float32)
    scales = np.asarray(np.maximum(np.abs(vectors).max(axis=1, initial=0), 1e-12) / 127, np.float32)
    return Quantised(np.rint(vectors / scales[:, None]).astype(np.int8), scales, halves)
