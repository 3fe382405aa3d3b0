"""The sentences of a passage as a person reads them: headings left out, a table's row with the names of its columns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.models import Passage
from retrieval.sentences import sentence_spans

_HEADING = re.compile(r"#{1,6} ")
_MARK = re.compile(r"\A(?:[-*+•·▪○●※]|\(?\d{1,3}[.)]|[가나다라마바사아자차카타파하][.)])\s+")
_BETWEEN = " › "


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, list item or table row of a passage."""

    passage: int  # its place among the passages, 0 = best
    order: int  # its place in the passage, headings and header rows counted too
    verbatim: str  # the passage's own characters
    readable: str  # the same without list marks; of a row: "column: cell, column: cell"
    start: int  # in the document's text
    end: int
    coverage: float  # of the question, by IDF, 0..1; 0 where not known
    is_line: bool  # a list item or a row: stands on a line of its own


def sentences(number: int, passage: Passage) -> Iterator[Sentence]:
    """What can be quoted of a passage, in reading order."""
    known = passage.evidence.by_sentence
    spans = sentence_spans(passage.text)
    header = _carried_header(passage)
    for order, (start, end) in enumerate(spans):
        text = passage.text[start:end]
        if text.startswith("|") and _opens_table(passage.text, end):
            header = text
        elif not _HEADING.match(text):
            readable = _row(text, header) if text.startswith("|") else _MARK.sub("", text, count=1)
            yield Sentence(
                passage=number,
                order=order,
                verbatim=text,
                readable=" ".join(readable.split()),
                start=passage.start + start,
                end=passage.start + end,
                coverage=known[order] if order < len(known) == len(spans) else 0.0,
                is_line=readable != text,
            )


def place_of(passage: Passage) -> str:
    """Where the passage stands, for a person: without the header row that a divided table carries along."""
    return _BETWEEN.join(part for part in passage.place.split(_BETWEEN) if not part.startswith("| "))


def _carried_header(passage: Passage) -> str:
    """Header row of the table that the passage is a later part of: the chunker puts it last in the place."""
    last = passage.place.rpartition(_BETWEEN)[2]
    return last if last.startswith("| ") else ""


def _opens_table(text: str, end: int) -> bool:
    """Whether the line after is the rule under a table's header."""
    return text[end:].lstrip("\n").startswith("| ---")


def _row(row: str, header: str) -> str:
    cells, names = _cells(row), _cells(header)
    if len(names) != len(cells):
        names = [""] * len(cells)
    return ", ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=True) if cell)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")] if row else []
