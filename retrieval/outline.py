"""Puts a parsed document together as readable text with its blocks: a small Markdown, whatever the file was."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from core.errors import BadDocument
from retrieval.decode import MOST_CHARACTERS
from retrieval.models import Block, BlockKind, Language, Parsed

PARSING = "parse-1"  # part of the index's fingerprint: raise it whenever the text of a document may come out otherwise
_GAP = "\n\n"
_LONGEST_HEADING = 200
_DEEPEST = 6
_MOST_COLUMNS = 60  # to which short rows are filled up
_BLANKS = re.compile(r"\s+")


@dataclass(slots=True)
class Outline:
    """Collects headings and blocks in reading order.

    Text is "# " headings, paragraphs, "- " items, "| a | b |" rows and code, a blank line between; a heading is
    outside of every block, in `Block.headings` of what follows it. A heading with nothing under it becomes a
    paragraph, so that nothing a person can read is lost.
    """

    title: str = ""
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _blocks: list[Block] = field(default_factory=list)
    _path: list[tuple[int, str]] = field(default_factory=list)
    _waiting: list[tuple[int, str]] = field(default_factory=list)  # headings not yet followed by a block

    def heading(self, level: int, text: str) -> None:
        """A heading of level 1 to 6; the first one of level 1 names a document without a title."""
        text = _BLANKS.sub(" ", text).strip()
        if not text:
            return
        if len(text) > _LONGEST_HEADING:  # a paragraph that somebody made big
            self.add("paragraph", text)
            return
        level = min(max(level, 1), _DEEPEST)
        if self._waiting and self._waiting[-1][0] >= level:
            self._settle(bare=True)
        if level == 1 and not self.title:
            self.title = text
        self._waiting.append((level, text))

    def add(self, kind: BlockKind, text: str) -> None:
        """A block under the headings so far; `text` keeps its line breaks."""
        text = text.strip("\n").rstrip()
        if not text.strip():
            return
        self._settle(bare=False)
        self._block(kind, text)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """A table whose first row is its header; cells become one line each."""
        cells = [[_cell(cell) for cell in row] for row in rows if any(cell.strip() for cell in row)]
        if not cells:
            return
        width = min(max(len(row) for row in cells), _MOST_COLUMNS)
        lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in cells]
        rule = "|" + " --- |" * width
        self.add("table", "\n".join([lines[0], rule, *lines[1:]]))

    def parsed(self, language: Language | None = None, updated: date | None = None) -> Parsed:
        """The document so far."""
        self._settle(bare=True)
        return Parsed(self.title, "".join(self._parts), tuple(self._blocks), language, updated)

    def _settle(self, *, bare: bool) -> None:
        """Write the headings that wait; the last of a `bare` run has nothing under it and becomes a paragraph."""
        waiting, self._waiting = self._waiting, []
        for position, (level, text) in enumerate(waiting):
            self._path = [above for above in self._path if above[0] < level]
            if bare and position == len(waiting) - 1 and text != self.title:
                self._block("paragraph", text)
                continue
            self._write("#" * level + " " + text)
            self._path.append((level, text))

    def _block(self, kind: BlockKind, text: str) -> None:
        headings = tuple(text for level, text in self._path if not (level == 1 and text == self.title))
        start = self._write(text)
        self._blocks.append(Block(kind, headings, start, start + len(text)))

    def _write(self, text: str) -> int:
        """Append `text` as a part of its own; returns its offset. Raises BadDocument when it gets too long."""
        if self._length + len(text) > MOST_CHARACTERS:
            raise BadDocument(f"its text is longer than {MOST_CHARACTERS:,} characters; split the document")
        if self._parts:
            self._parts.append(_GAP)
            self._length += len(_GAP)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        return start


def _cell(text: str) -> str:
    return _BLANKS.sub(" ", text).strip().replace("|", "¦")
