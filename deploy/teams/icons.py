# ruff: noqa: INP001
"""Draws the two icons of the Teams app: the page's speech bubble with a ㄷ (for 대답), with nothing but Python."""

import math
import struct
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

Colour = tuple[int, int, int]
Line = tuple[tuple[float, float], tuple[float, float]]
Distance = Callable[[float, float], float]  # of a point to a shape's edge, negative inside

GREEN, WHITE = (42, 117, 103), (255, 255, 255)
# bot/playground/static/icon.svg, a square of 32: the bubble's box and corners, its tail, and the strokes of the letter.
BOX, CORNER = (2.0, 3.0, 30.0, 26.0), 7.0
TAIL = ((7.0, 24.0), (7.0, 30.0), (14.5, 25.5))
LETTER = ((21.5, 9.5), (10.5, 9.5), (10.5, 19.5), (21.7, 19.5))


def bubble(x: float, y: float) -> float:
    """The bubble with its tail."""
    left, top, right, bottom = BOX
    dx = abs(x - (left + right) / 2) - (right - left) / 2 + CORNER
    dy = abs(y - (top + bottom) / 2) - (bottom - top) / 2 + CORNER
    box = min(max(dx, dy), 0.0) + math.hypot(max(dx, 0.0), max(dy, 0.0)) - CORNER
    return min(box, _polygon(x, y))


def letter(width: float) -> Distance:
    """The letter's strokes, round at their ends."""
    lines = list(pairwise(LETTER))
    return lambda x, y: min(_segment(x, y, line) for line in lines) - width / 2


def png(size: int, pixel: Callable[[float, float], tuple[int, int, int, int]]) -> bytes:
    """An RGBA picture; `pixel` gives the colour at a point's middle."""
    rows = b"".join(b"\0" + bytes(part for x in range(size) for part in pixel(x + 0.5, y + 0.5)) for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def color(x: float, y: float) -> tuple[int, int, int, int]:
    """192 pixels, full to the edge (Teams rounds it), the bubble within the middle 120 (Microsoft: "App icons")."""
    scale = 120 / 29
    at = ((x - 96) / scale + 16, (y - 98) / scale + 16.5)
    inside, written = _cover(bubble(*at) * scale), _cover(letter(3.0)(*at) * scale)
    white = inside * (1 - written)
    return (*_mixed(GREEN, WHITE, white), 255)


def outline(x: float, y: float) -> tuple[int, int, int, int]:
    """32 pixels, white on nothing."""
    line = abs(bubble(x, y) + 1.0) - 1.0
    return (*WHITE, round(255 * max(_cover(line), _cover(letter(2.4)(x, y)))))


def _cover(distance: float) -> float:
    """How much of a pixel is inside, by how far its middle is from the edge."""
    return min(max(0.5 - distance, 0.0), 1.0)


def _mixed(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _segment(x: float, y: float, line: Line) -> float:
    start, end = line
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = min(max(((x - start[0]) * dx + (y - start[1]) * dy) / (dx * dx + dy * dy), 0.0), 1.0)
    return math.hypot(x - start[0] - along * dx, y - start[1] - along * dy)


def _polygon(x: float, y: float) -> float:
    edges = list(zip(TAIL, (*TAIL[1:], TAIL[0]), strict=True))
    sides = [(b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) for a, b in edges]
    inside = all(side <= 0 for side in sides) or all(side >= 0 for side in sides)
    return min(_segment(x, y, edge) for edge in edges) * (-1 if inside else 1)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


if __name__ == "__main__":
    here = Path(__file__).parent
    (here / "color.png").write_bytes(png(192, color))
    (here / "outline.png").write_bytes(png(32, outline))
