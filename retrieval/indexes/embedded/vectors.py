"""The vector files of one leg: piece i of each belongs together, they only grow, what no commit counts is cut off."""

import os
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from core.errors import IndexUnusable
from retrieval.indexes.embedded.layout import REBUILD, VECTORS, sync_folder
from retrieval.indexes.embedded.quantise import Halves, Quantised, from_halves

Stored = tuple[NDArray[np.int32], Halves]  # the row each piece of a leg belongs to, ascending, and the pieces

BATCH = 8192  # pieces converted at once when derived files are made again


class LegFiles:
    """`<leg>.f16` is the truth; `<leg>.i8` and `<leg>.scale` are derived from it."""

    def __init__(self, generation: Path, name: str, dimension: int) -> None:
        stem = generation / VECTORS / quote(name, safe="")
        self.dimension = dimension
        self.codes, self.scales, self.halves = (Path(f"{stem}.{kind}") for kind in ("i8", "scale", "f16"))

    def append(self, pieces: Quantised) -> None:
        """Add pieces at the end, durably. They count only once SQLite has committed their number."""
        new = not self.scales.exists()
        contents = (pieces.codes.tobytes(), pieces.scales.tobytes(), pieces.halves.tobytes())
        for path, content in zip(self._paths, contents, strict=True):
            with path.open("ab") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        if new:
            sync_folder(self.scales.parent)

    def read(self, pieces: int) -> Quantised:
        """The first `pieces` of each file, mapped into memory."""
        if not pieces:
            return Quantised.empty(self.dimension)
        shape = (pieces, self.dimension)
        return Quantised(
            np.memmap(self.codes, np.int8, "r", shape=shape),
            np.memmap(self.scales, np.float32, "r", shape=(pieces,)),
            np.memmap(self.halves, np.float16, "r", shape=shape),
        )

    def cut(self, pieces: int) -> None:
        """Drop what an interrupted commit appended, so that the next piece lands where its number says."""
        for path, width in zip(self._paths, self._widths, strict=True):
            if _size(path) > pieces * width:
                os.truncate(path, pieces * width)

    def derived_are_whole(self, pieces: int) -> bool:
        """Whether the derived files hold all committed pieces. Raises IndexUnusable when the truth does not."""
        codes, scales, halves = (width * pieces for width in self._widths)
        if _size(self.halves) < halves:
            reason = f"holds {_size(self.halves)} of {halves} bytes"
            raise IndexUnusable(f"{self.halves}: {reason}; vectors that were indexed are lost. {REBUILD}")
        return _size(self.codes) >= codes and _size(self.scales) >= scales

    def derive(self, pieces: int) -> None:
        """Make the derived files anew from the truth."""
        shape = (pieces, self.dimension)
        halves = np.memmap(self.halves, np.float16, "r", shape=shape) if pieces else np.zeros(shape, np.float16)
        with self.codes.open("wb") as codes, self.scales.open("wb") as scales:
            for first in range(0, pieces, BATCH):
                part = from_halves(np.asarray(halves[first : first + BATCH]))
                codes.write(part.codes.tobytes())
                scales.write(part.scales.tobytes())
            for file in (codes, scales):
                file.flush()
                os.fsync(file.fileno())

    @property
    def _paths(self) -> tuple[Path, Path, Path]:
        return self.codes, self.scales, self.halves

    @property
    def _widths(self) -> tuple[int, int, int]:
        return self.dimension, 4, 2 * self.dimension


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
