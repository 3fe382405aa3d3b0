"""Nearest vectors by looking at all: exact under any access list, where an approximate index loses up to 30 %."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.indexes.embedded.quantise import Codes, Quantised, normalised, quantise
from retrieval.models import Vector

# Optional: 1.5 ms instead of 11 ms for 100,000 x 384.
simsimd: Any = import_module("simsimd") if find_spec("simsimd") else None

Rows = NDArray[np.integer]
Scores = NDArray[np.float32]

BLOCK = 8192  # rows that are gathered or converted at once, so that a scan needs megabytes and not a copy of the file


def dots(query: Codes, codes: Codes) -> Scores:
    """Dot products of one int8 vector, shape (1, dimension), with many: exact up to 1,040 dimensions (24 bits)."""
    if simsimd is None or not len(codes):  # simsimd takes no empty matrix
        return dots_numpy(query, codes)
    products: Scores = np.asarray(simsimd.cdist(query, codes, "dot", out_dtype="int32"))[0].astype(np.float32)
    return products


def dots_numpy(query: Codes, codes: Codes) -> Scores:
    """The same without simsimd."""
    wide = query[0].astype(np.float32)
    result = np.empty(len(codes), np.float32)
    for first in range(0, len(codes), BLOCK):
        np.dot(codes[first : first + BLOCK].astype(np.float32), wide, out=result[first : first + BLOCK])
    return result


def rough_scores(question: Vector, pieces: Quantised, rows: Rows | None) -> Scores:
    """Proportional to cosines, from int8, of all pieces or some: good enough to choose which to score exactly."""
    codes = quantise(question[None]).codes
    if rows is None:
        return dots(codes, pieces.codes) * pieces.scales
    scores = np.empty(len(rows), np.float32)
    for first in range(0, len(rows), BLOCK):
        some = rows[first : first + BLOCK]
        scores[first : first + BLOCK] = dots(codes, pieces.codes[some]) * pieces.scales[some]
    return scores


def exact_scores(question: Vector, pieces: Quantised, rows: Rows) -> Scores:
    """Cosines of the rows given, from half floats."""
    return np.asarray(pieces.halves[rows].astype(np.float32) @ normalised(question), np.float32)


def largest(scores: Scores, count: int) -> NDArray[np.intp]:
    """Positions of the `count` largest, in no order."""
    if count >= len(scores):
        return np.arange(len(scores))
    return np.argpartition(scores, len(scores) - count)[-count:]
