"""An answer without a model: at most three sentences of the sources, as they stand, each with its number."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from core.messages import Citation
from retrieval.evidence import squeeze
from retrieval.models import Passage
from workers.steps.sentences import Sentence, place_of, sentences

MOST = 3
_READ = 5  # passages whose sentences are looked at
_WORTH = 0.7  # of the best score, below which a further sentence is not worth reading: 207 instead of 275 characters at .95 instead of .97
_SHORT = 40  # characters
_AS_GOOD = 0.9
_GRAM = 4
_CODE = re.compile(r"\b[A-Za-z]{1,4}-?\d{1,5}\b")
_NUMBER = re.compile(
    r"몇|얼마|언제|며칠|연도|년도|날짜|how (?:many|much|long|old|far|often|high|large|big|tall|soon)|\bwhen\b"
    r"|what (?:year|date|percent|time|day)|which year|number of",
    re.IGNORECASE,
)
_WHO = re.compile(r"누가|누구|담당자|\bwho(?:m|se)?\b", re.IGNORECASE)
_NAME = re.compile(r"\b[A-Z][a-z]+|[가-힣]{2,}(?:팀|부|실|센터|본부|님|장)")
_STRONG = 0.6  # coverage at which a passage in the asker's language goes before a better-ranked one in another
_NEAR = 1.5  # of a sentence's cosine: on handbook the right sentence is quoted in 42 instead of 24 of 100 answers


@dataclass(frozen=True, slots=True)
class Quoted:
    """The quoted sentences as a text with [n] marks, and what the marks stand for."""

    text: str
    sentences: tuple[Sentence, ...]  # in reading order
    citations: tuple[Citation, ...]
    notes: tuple[str, ...] = ()  # other_language: quoted as it is, for want of a source in the asker's


def quote(question: str, language: str, passages: Sequence[Passage]) -> Quoted:
    """The sentences of the best passages that say most about the question; nothing without passages.

    Prefers the question's language where its sources have it.
    """
    best = _in_one_language(list(enumerate(passages[:_READ])), language)
    everything = sorted(_scored(question, best), key=lambda one: (-one[0], one[1].passage, one[1].order))
    scored = [one for one in everything if not _asks(one[1])] or everything  # a question answers nothing
    chosen = _distinct(_worth_reading(question, scored))
    if sum(len(one.readable) for one in chosen) < _SHORT:  # a mere heading or bullet: what stands around it helps
        chosen = _distinct(one for _, one in scored)
    chosen.sort(key=lambda one: (one.passage, one.order))
    notes = ("other_language",) if any(passages[one.passage].language != language for one in chosen) else ()
    numbers = _numbered(chosen)
    return Quoted(_written(chosen, numbers), tuple(chosen), _citations(chosen, numbers, passages), notes)


def _worth_reading(question: str, scored: Sequence[tuple[float, Sentence]]) -> Iterator[Sentence]:
    """Sentences near enough to the best: of lists and tables only the lines as good as their best, or that name its code."""
    codes = [code for code in _CODE.findall(question) if any(_names(code, one) for _, one in scored)]
    best_line = max((score for score, one in scored if one.is_line), default=0.0)
    for score, one in scored:
        if one.is_line and (score < _AS_GOOD * best_line or (codes and not any(_names(code, one) for code in codes))):
            continue
        if score >= _WORTH * scored[0][0]:
            yield one


def _names(code: str, one: Sentence) -> bool:
    return code.replace("-", "").lower() in one.readable.replace("-", "").lower()


def _in_one_language(best: list[tuple[int, Passage]], language: str) -> list[tuple[int, Passage]]:
    """Passages in the asker's language if the best is, or one of them covers the question; else in the best one's."""
    mine = [(number, passage) for number, passage in best if passage.language == language]
    if mine and (mine[0][0] == 0 or any(passage.evidence.sentences >= _STRONG for _, passage in mine)):
        return mine
    return [(number, passage) for number, passage in best if passage.language == best[0][1].language]


def _scored(question: str, best: list[tuple[int, Passage]]) -> Iterator[tuple[float, Sentence]]:
    """Every sentence with what it is worth; the weights were measured on KorQuAD and SQuAD."""
    grams = _grams(question)
    for rank, (number, passage) in enumerate(best):
        passage_worth = 0.5 * passage.evidence.passage + 0.3 / (1 + rank) + 0.04 * passage.score
        for one in sentences(number, passage):
            own = one.coverage + 0.3 * _around(passage, one.order) + 0.8 * _shared(grams, one.readable)
            yield passage_worth + own + _nearness(passage, one.order) + _kind(question, one.readable), one


def _around(passage: Passage, order: int) -> float:
    """Coverage by the better neighbour: the answer often stands beside the sentence that names its subject."""
    known = passage.evidence.by_sentence
    return max((*known[max(order - 1, 0) : order], *known[order + 1 : order + 2]), default=0.0)


def _nearness(passage: Passage, order: int) -> float:
    known = passage.evidence.near
    return _NEAR * known[order] if order < len(known) else 0.0


def _kind(question: str, text: str) -> float:
    """A little for a number where one is asked for, and for a name where it is "who"."""
    number = bool(_NUMBER.search(question)) and any(letter.isdigit() for letter in text)
    name = bool(_WHO.search(question)) and _NAME.search(text) is not None
    return 0.1 * number + 0.1 * name


def _grams(text: str) -> frozenset[str]:
    squeezed = squeeze(text)
    return frozenset(squeezed[at : at + _GRAM] for at in range(len(squeezed) - _GRAM + 1))


def _shared(grams: frozenset[str], text: str) -> float:
    squeezed = squeeze(text)
    return sum(gram in squeezed for gram in grams) / len(grams) if grams else 0.0


def _distinct(ordered: Iterator[Sentence]) -> list[Sentence]:
    """The first three that differ: near-duplicate documents say the same sentence again."""
    chosen: dict[str, Sentence] = {}
    for sentence in ordered:
        if len(chosen) == MOST:
            break
        chosen.setdefault(squeeze(sentence.readable), sentence)
    return list(chosen.values())


def _asks(one: Sentence) -> bool:
    return one.readable.rstrip("\"'”’)」』").endswith(("?", "？"))


def _numbered(chosen: Sequence[Sentence]) -> dict[Sentence, int]:
    """A number for each row, and one for sentences that stand together, so that each opens the very words before it."""
    numbers: dict[Sentence, int] = {}
    count, beside = 0, None  # where the sentence would stand that goes on from the one before
    for one in chosen:
        count += one.is_line or beside != (one.passage, one.order)
        numbers[one] = count
        beside = None if one.is_line else (one.passage, one.order + 1)
    return numbers


def _written(chosen: Sequence[Sentence], numbers: Mapping[Sentence, int]) -> str:
    """Prose of one passage as a paragraph, everything else on lines of its own."""
    lines = []
    for (_, is_line), run in groupby(chosen, key=lambda one: (one.passage, one.is_line)):
        marked = [f"{one.readable} [{numbers[one]}]" for one in run]
        lines.extend([f"- {one}" for one in marked] if is_line and len(chosen) > 1 else [" ".join(marked)])
    return "\n".join(lines)


def _citations(
    chosen: Sequence[Sentence], numbers: Mapping[Sentence, int], passages: Sequence[Passage]
) -> tuple[Citation, ...]:
    """One for each number, from the first to the last word that stands behind it."""
    together = [list(run) for _, run in groupby(chosen, key=lambda one: numbers[one])]
    return tuple(_cited(number, run, passages[run[0].passage]) for number, run in enumerate(together, 1))


def _cited(number: int, run: Sequence[Sentence], passage: Passage) -> Citation:
    words = passage.text[run[0].start - passage.start : run[-1].end - passage.start]
    return citation(number, replace(run[0], verbatim=words, end=run[-1].end), passage)


def citation(number: int, sentence: Sentence, passage: Passage) -> Citation:
    """A source of an answer; `quote` is exactly what stands at `start` to `end` of the document."""
    return Citation(
        number=number,
        title=passage.title,
        url=passage.url,
        place=place_of(passage),
        quote=sentence.verbatim,
        document=passage.document,
        start=sentence.start,
        end=sentence.end,
    )
