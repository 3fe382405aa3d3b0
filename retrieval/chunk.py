"""A parsed document to the pieces that are searched, each an exact slice of its text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.models import Block, Chunk, Parsed
from retrieval.outline import PARSING
from retrieval.sentences import sentence_spans

BETWEEN = " › "  # between the headings of a place
Span = tuple[int, int]

# Hangul, Kana and Han cost the embedding model about twice the tokens of a Latin letter: e5 reads at most 512 tokens,
# some 900 Korean or 2,000 English characters.
_WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]")
_NARROW_WEIGHT = 0.45
_LINE = re.compile(r"[^\n]+")
_ITEM = re.compile(r"(?:[-*+•] |\d{1,9}[.)] )")
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_RULE = re.compile(r"\|(?:\s*:?-{3,}:?\s*\|)+\s*\Z")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How big a chunk may be, in Korean characters (a Latin one weighs .45 of that)."""

    whole: int = 900  # no chunk is larger; a document this small is one chunk
    merged: int = 450  # neighbouring sections are put together up to this much

    @property
    def fingerprint(self) -> str:
        """What the text and borders of chunks depend on; another one means another index."""
        return f"{PARSING} chunk-1 {self.whole}/{self.merged}"


DEFAULT = Sizes()


def chunks(parsed: Parsed, sizes: Sizes = DEFAULT) -> tuple[Chunk, ...]:
    """Chunks in reading order, not overlapping: `text == parsed.text[start:end]`, at most `sizes.whole` each.

    A heading is in a chunk's text or in its `place`, never lost. Cuts are made between sections, else blocks, else
    rows, items, lines or sentences, and inside of a sentence only when it alone is too large. The later parts of a
    table carry its header row as the last part of their place ("… › | 구분 | 금액 |").
    """
    pieces: list[tuple[Span, tuple[str, ...]]] = []
    for first, last in _groups(parsed, sizes):
        place = _shared(parsed.blocks[first].headings, parsed.blocks[last].headings)
        span = (_opening(parsed, first, place), parsed.blocks[last].end)
        if last > first or _weight(parsed.text, span) <= sizes.whole:
            pieces.append((span, place))
        else:
            pieces.extend(_split(parsed.text, parsed.blocks[first], start=span[0], most=sizes.whole))
    return tuple(
        Chunk(ordinal, parsed.text[start:end], BETWEEN.join(place), start, end)
        for ordinal, ((start, end), place) in enumerate(pieces)
    )


def _groups(parsed: Parsed, sizes: Sizes) -> Iterator[Span]:
    """First and last block of every chunk (a single block may still be too large)."""
    blocks = parsed.blocks
    if blocks and _weight(parsed.text, (blocks[0].start, blocks[-1].end)) <= sizes.whole:
        yield 0, len(blocks) - 1
        return
    first = 0
    for index in range(1, len(blocks)):
        if not _may_join(parsed, (first, index), sizes):
            yield first, index - 1
            first = index
    if blocks:
        yield first, len(blocks) - 1


def _may_join(parsed: Parsed, group: Span, sizes: Sizes) -> bool:
    """Whether the last block of `group` fits to the others: by size, and without losing a heading of the first."""
    first, last = parsed.blocks[group[0]], parsed.blocks[group[1]]
    shared = _shared(first.headings, last.headings)
    same_section = parsed.blocks[group[1] - 1].headings == last.headings
    outside = len(first.headings) - len(_headings_before(parsed, group[0]))  # only a place can say these
    limit = sizes.whole if same_section and shared == first.headings else sizes.merged
    return len(shared) >= outside and _weight(parsed.text, (_opening(parsed, group[0], shared), last.end)) <= limit


def _opening(parsed: Parsed, index: int, place: tuple[str, ...]) -> int:
    """Start of a chunk that opens with a block: with those of its headings that `place` does not say."""
    block = parsed.blocks[index]
    unsaid = len(block.headings) - len(place)
    headings = _headings_before(parsed, index)
    return headings[-unsaid:][0] if unsaid and headings else block.start


def _headings_before(parsed: Parsed, index: int) -> list[int]:
    """Where the headings between a block and the one before begin."""
    gap = parsed.blocks[index - 1].end if index else 0
    return [match.start() for match in _HEADING.finditer(parsed.text, gap, parsed.blocks[index].start)]


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return one[
        : next(
            (depth for depth, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
            min(len(one), len(other)),
        )
    ]


def _split(text: str, block: Block, *, start: int, most: int) -> Iterator[tuple[Span, tuple[str, ...]]]:
    """Parts of one block that is too large, of even size, cut where its kind may be cut."""
    units = list(_fine(text, _units(text, block), most))
    header = _header(text, block)
    for position, span in enumerate(_packed(text, units, most)):
        opening = start if position == 0 else span[0]
        place = (*block.headings, header) if header and position else block.headings
        yield (opening, span[1]), place


def _units(text: str, block: Block) -> Iterator[Span]:
    """What should stay in one piece: rows, items with all beneath them, lines of code, sentences."""
    if block.kind == "paragraph":
        yield from (
            (start + block.start, end + block.start) for start, end in sentence_spans(text[block.start : block.end])
        )
        return
    lines = [match.span() for match in _LINE.finditer(text, block.start, block.end)]
    if block.kind == "table" and len(lines) > 2 and _RULE.match(text[slice(*lines[1])]):
        lines[:3] = [(lines[0][0], lines[2][1])]  # a header alone says nothing: it goes with the first row
    start = lines[0][0]
    for before, line in pairwise(lines):
        if block.kind != "list" or _ITEM.match(text, line[0]):
            yield start, before[1]
            start = line[0]
    yield start, lines[-1][1]


def _fine(text: str, units: Iterator[Span], most: int) -> Iterator[Span]:
    """Units cut further where one alone is too large: at sentences, then at blanks, at worst anywhere."""
    for span in units:
        if _weight(text, span) <= most:
            yield span
            continue
        for start, end in sentence_spans(text[slice(*span)]):
            yield from _cut(text, (start + span[0], end + span[0]), most)


def _cut(text: str, span: Span, most: int) -> Iterator[Span]:
    """A sentence that alone is too large; at most 1,000 characters, which is where `sentence_spans` cuts."""
    start, end = span
    while _weight(text, (start, end)) > most:
        blank = text.rfind(" ", start + most // 2, start + most)
        stop = blank if blank > 0 else start + most  # so many of the widest characters fit
        yield start, stop
        start = stop + (blank > 0)
    yield start, end


def _packed(text: str, units: Sequence[Span], most: int) -> list[Span]:
    """Neighbouring units put together into as few parts as fit, of about even size: no crumb at the end."""
    parts = _pack(text, units, most)
    if len(parts) < 2:
        return parts
    even = sum(_weight(text, part) for part in parts) / len(parts)
    for share in (1.05, 1.2, 1.4, 1.7):
        evener = _pack(text, units, min(most, int(even * share)))
        if len(evener) == len(parts):
            return evener
    return parts


def _pack(text: str, units: Sequence[Span], most: int) -> list[Span]:
    parts: list[Span] = []
    for start, end in units:
        if parts and _weight(text, (parts[-1][0], end)) <= most:
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
    return parts


def _header(text: str, block: Block) -> str:
    """The header row of a table, "" where there is none."""
    first, _, rest = text[block.start : block.end].partition("\n")
    return first if block.kind == "table" and _RULE.match(rest.partition("\n")[0]) else ""


def _weight(text: str, span: Span) -> float:
    """Size of a slice in wide characters."""
    length, wide = span[1] - span[0], len(_WIDE.findall(text, *span))
    return wide + (length - wide) * _NARROW_WEIGHT
