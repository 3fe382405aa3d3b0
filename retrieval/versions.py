"""Of documents that differ only in their year, the current one first, unless the question names a year."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from retrieval.fuse import in_order
from retrieval.models import Document, Passage, Ranked

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
# The year with what is written around it: "(2024년)", "2024년도", "(2026년 개정)", "[2023 edition]", "– 2024"
_STAMP = re.compile(
    r"[(\[（][^()\[\]（）]*(?<!\d)(?:19|20)\d{2}(?!\d)[^()\[\]（）]*[)\]）]"
    r"|(?<!\d)(?:19|20)\d{2}(?!\d)(?:년(?:도|판)?)?|개정(?:판|본)?|edition|version|revised|[-–—,:·]",
    re.IGNORECASE,
)
_CURRENT = 9999  # a title without a year beside one with a year is the one in force
_BEHIND = 1e-6


def newest_first(question: str, ranked: Sequence[Ranked]) -> list[Ranked]:
    """No chunk of an outdated version stands before the best chunk of its current one; all else keeps its order."""
    if _YEAR.search(question):
        return list(ranked)
    newest = _newest(one.candidate.document for one in ranked)
    best: dict[str, float] = {}
    for one in ranked:
        stem = _stem(one.candidate.document.title)
        if _year(one.candidate.document.title) == newest[stem]:
            best[stem] = max(best.get(stem, one.score), one.score)
    return in_order([_behind(one, newest, best) for one in ranked])


def current(question: str, passages: Sequence[Passage]) -> list[Passage]:
    """The passages without those of a version older than another one among them, unless the question names a year."""
    if _YEAR.search(question):
        return list(passages)
    newest: dict[str, int] = {}
    for one in passages:
        newest[_stem(one.title)] = max(newest.get(_stem(one.title), 0), _year(one.title))
    return [one for one in passages if _year(one.title) == newest[_stem(one.title)]]


def _behind(one: Ranked, newest: dict[str, int], best: dict[str, float]) -> Ranked:
    stem = _stem(one.candidate.document.title)
    if _year(one.candidate.document.title) == newest[stem]:
        return one
    return replace(one, score=min(one.score, best[stem] - _BEHIND))


def _newest(documents: Iterable[Document]) -> dict[str, int]:
    newest: dict[str, int] = {}
    for document in documents:
        stem = _stem(document.title)
        newest[stem] = max(newest.get(stem, 0), _year(document.title))
    return newest


def _year(title: str) -> int:
    years = _YEAR.findall(title)
    return int(max(years)) if years else _CURRENT


def _stem(title: str) -> str:
    """What two versions of one document have in common."""
    return "".join(_STAMP.sub(" ", title).split()).lower()
