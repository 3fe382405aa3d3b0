"""Where the sentences of a text begin and end: prose by punctuation, a list item and a table row are one each."""

import re
from collections.abc import Iterator

Span = tuple[int, int]  # character offsets, `text[start:end]`, without surrounding blanks

_LONGEST = (
    1_000  # characters: a wall of text without punctuation is cut at a blank, so that one "sentence" stays readable
)
_LINE = re.compile(r"[^\n]+")
_OWN_LINE = re.compile(r"\s*(?:\||#{1,6}\s|[-*+•·▪□■○●※]\s|\(?\d{1,3}[.)]\s|[가-하][.)]\s|>|```|제\s?\d+\s?[조장항])")
_RULER = re.compile(r"[\s|:=*_-]+")  # a table's second row, a line across the page
_END = re.compile(r"[.!?…。！？]+[\"'”’»)\]]*(?=\s|$)|(?<=[。！？])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Za-z]|mr|mrs|ms|dr|prof|st|no|nos|vs|etc|e\.g|i\.e|cf|fig|inc|ltd|co|corp|jr|sr|approx|dept|est|vol|pp?)"
    r"|(?:\b[A-Za-z]\.)+[A-Za-z])\.$",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:^|\D)\d{4}\.\s?\d{1,2}\.(?:\s?\d{1,2}\.)?$")  # "2026. 1. 5." is one date
_NUMBER = re.compile(r"(?:^|[\s(])\d{1,4}\.$")
_QUOTED = re.compile(r"\s+(?:라고|라며|라는|이라고|이라며|이라는|하고|고)(?=[\s,.])")  # 그는 “간다.” 라고 말했다.
_MARKS = "#-*+•·▪□■○●※> ("
_OPENS_LOWER = re.compile(r"\s+[a-z]")
_WRAPPED = 60  # characters: a shorter line without a full stop was ended on purpose, a longer one by an editor's margin


def sentence_spans(text: str) -> tuple[Span, ...]:
    """Spans of all sentences, in order, none overlapping, none empty; whatever lies between them is blank or a ruler."""
    return tuple(
        span for paragraph in _paragraphs(text) for part in _prose(text, paragraph) for span in _cut(text, part)
    )


def _paragraphs(text: str) -> Iterator[Span]:
    """Lines, with lines that only an editor's margin broke joined again."""
    start: int | None = None
    end = 0
    for match in _LINE.finditer(text):
        line = match.group()
        if start is not None and not (_goes_on(text[start:end], line) and match.start() == end + 1):
            yield start, end
            start = None
        if not line.strip() or _RULER.fullmatch(line):
            continue
        start, end = match.start() if start is None else start, match.end()
    if start is not None:
        yield start, end


def _goes_on(before: str, line: str) -> bool:
    last = before[before.rfind("\n") + 1 :].rstrip()
    own = _OWN_LINE.match(line) or _RULER.fullmatch(line) or last.lstrip().startswith(("|", "#", "```"))
    return not own and len(last) >= _WRAPPED and not _END.search(last[-3:])


def _prose(text: str, paragraph: Span) -> Iterator[Span]:
    start, end = paragraph
    if not text[start:end].lstrip().startswith("|"):
        for match in _END.finditer(text, start, end):
            if match.end() > start and _closes(text, start, match):
                yield start, match.end()
                start = match.end()
    yield start, end


def _closes(text: str, start: int, match: re.Match[str]) -> bool:
    end = match.end()
    if _QUOTED.match(text, end) or (match.group().startswith(".") and _OPENS_LOWER.match(text, end)):
        return False
    if match.group() != ".":
        return True
    before = text[max(start, end - 16) : end]
    if _ABBREVIATION.search(before) or _DATE.search(before):
        return False
    return not (_NUMBER.search(before) and _is_enumerator(text, start, end))


def _is_enumerator(text: str, start: int, end: int) -> bool:
    """Whether a number with a dot counts what follows ("1. 부여 기준", "3. 5") and does not end a sentence ("in 1973. The")."""
    opens_line = text[start:end].strip(_MARKS).rstrip(".").isdigit()
    return opens_line or text[end : end + 2].strip()[:1].isdigit()


def _cut(text: str, span: Span) -> Iterator[Span]:
    start, end = span
    while end - start > _LONGEST:
        blank = text.rfind(" ", start + _LONGEST // 2, start + _LONGEST)
        stop = blank if blank > 0 else start + _LONGEST
        yield from _stripped(text, start, stop)
        start = stop
    yield from _stripped(text, start, end)


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    if kept := piece.strip():
        lead = len(piece) - len(piece.lstrip())
        yield start + lead, start + lead + len(kept)
