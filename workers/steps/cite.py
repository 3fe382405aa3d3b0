"""The check between a model and the reader: marks that resolve, the sources' own addresses, a quote for each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.messages import Citation
from retrieval.evidence import squeeze
from retrieval.models import Passage
from workers.steps.links import only_sources
from workers.steps.quote import citation
from workers.steps.sentences import Sentence, sentences

_MARK = re.compile(r"[ \t]*[\[【]\s?\^?([0-9]{1,4}(?:\s?[,;]\s?\^?[0-9]{1,4}){0,20})\s?[\]】]")
_FOOTNOTE = re.compile(r"\[\s?\^(?=[0-9])")
_HEADING = re.compile(
    r"^[ \t#>*_-]*(?:sources?|references?|citations?|footnotes?|출처|참고(?:\s?문헌|\s?자료)?|근거(?:\s?문서)?)"
    r"[ \t*_]*:?[ \t*_]*$",
    re.IGNORECASE | re.MULTILINE,
)
_LISTED = re.compile(
    r"^[ \t>*•-]*(?:[\[【]\s?\^?[0-9]{1,4}\s?[\]】]|[0-9]{1,3}\.\s*[\[【][0-9])[ \t]*[:.)\-–—]?[ \t]*(?P<rest>.*)$"
)
_SENTENCE_END = re.compile(r"[.!?。…][\"'”’)\]]*(?:\s*[\[【][0-9, ]+[\]】])*\s*$")
_STATEMENT = re.compile(r"[^.!?。\n]*[.!?。]?[\"'”’)]*\s*$")
_BLANK_LINES = re.compile(r"\n{3,}")
_SPOILED_SPACE = re.compile(r"[ \t]+(?=[.,!?;:]|$)|(?<=\S)[ \t]{2,}", re.MULTILINE)
_WORDS_ENOUGH = 12  # letters without blanks that make a line a statement, which should have a mark


@dataclass(frozen=True, slots=True)
class Cited:
    """A checked text. Notes: links_removed, uncited (a line states something and names no source)."""

    text: str
    citations: tuple[Citation, ...]  # numbered from 1 in order of appearance
    notes: tuple[str, ...] = ()


def cite(text: str, passages: Sequence[Passage]) -> Cited:
    """What of a model's text may be shown: its marks [n] mean the n-th passage, and are renumbered as they appear."""
    said = "\n".join(passage.text for passage in passages)
    plain, removed = only_sources(_FOOTNOTE.sub("[", text), {passage.url for passage in passages}, said)
    body = _without_source_list(plain)
    numbers = _numbers(body, len(passages))
    checked = _tidied(_MARK.sub(lambda mark: _renumbered(mark, numbers), body))
    citations = tuple(
        citation(number, _support(_statement(body, index), index - 1, passages[index - 1]), passages[index - 1])
        for index, number in numbers.items()
    )
    notes = [code for code, applies in (("links_removed", removed), ("uncited", _has_uncited(checked))) if applies]
    return Cited(checked, citations, tuple(notes))


def _without_source_list(text: str) -> str:
    """Drop the list of sources that models append: we write our own, and theirs may name what was never read."""
    lines, kept, in_list = text.split("\n"), [], False
    for line in lines:
        if _HEADING.match(line):
            in_list = True
            continue
        listed = _LISTED.match(line)
        if listed and (in_list or not _states(listed["rest"])):
            continue
        in_list = in_list and not line.strip()
        kept.append(line)
    return "\n".join(kept)


def _states(rest: str) -> bool:
    """Whether what follows a mark at the start of a line is a sentence, not a title."""
    return bool(_SENTENCE_END.search(rest))


def _numbers(text: str, count: int) -> dict[int, int]:
    """Passage number as the model wrote it -> number shown, in order of first appearance."""
    found: dict[int, int] = {}
    for mark in _MARK.finditer(text):
        for index in _indexes(mark):
            if 1 <= index <= count:
                found.setdefault(index, len(found) + 1)
    return found


def _indexes(mark: re.Match[str]) -> list[int]:
    return [int(digits) for digits in re.findall(r"[0-9]+", mark[1])]


def _renumbered(mark: re.Match[str], numbers: dict[int, int]) -> str:
    shown = dict.fromkeys(numbers[index] for index in _indexes(mark) if index in numbers)
    return " " + "".join(f"[{number}]" for number in shown) if shown else ""


def _tidied(text: str) -> str:
    text = re.sub(r"\](?: \[[0-9]+\])+", lambda marks: marks[0].replace(" ", ""), text)
    return _BLANK_LINES.sub("\n\n", _SPOILED_SPACE.sub("", text)).strip()


def _statement(text: str, index: int) -> str:
    """The sentence that the first mark of this passage stands behind (or in front of, at the start of a line)."""
    mark = next(mark for mark in _MARK.finditer(text) if index in _indexes(mark))
    line_start = text.rfind("\n", 0, mark.start()) + 1
    before = _MARK.sub("", text[line_start : mark.start()])
    found = _STATEMENT.search(before)
    if found and found[0].strip():
        return found[0]
    return text[mark.end() :].split("\n", 1)[0]


def _support(statement: str, number: int, passage: Passage) -> Sentence:
    """The sentence of the passage that shares most with the statement; by coverage of the question where none does."""
    candidates = list(sentences(number, passage))
    if not candidates:
        return _whole(number, passage)
    grams = _pairs(statement)
    return max(candidates, key=lambda one: (_likeness(grams, _pairs(one.readable)), one.coverage, -one.order))


def _whole(number: int, passage: Passage) -> Sentence:
    return Sentence(number, 0, passage.text, passage.text, passage.start, passage.end, 0.0, is_line=False)


def _pairs(text: str) -> frozenset[str]:
    squeezed = squeeze(text)
    return frozenset(squeezed[at : at + 2] for at in range(len(squeezed) - 1))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one) * len(other)) ** 0.5 if one and other else 0.0


def _has_uncited(text: str) -> bool:
    lines = [
        line for line in text.split("\n") if len(squeeze(line)) >= _WORDS_ENOUGH and not line.rstrip().endswith(":")
    ]
    return any(not _MARK.search(line) for line in lines if not line.lstrip().startswith(("#", "|", "```")))
