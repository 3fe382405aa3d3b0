"""Plain text to blocks: paragraphs, lists, and headings where underlining or numbering makes them evident."""

import re
from itertools import groupby

from retrieval.decode import decode
from retrieval.models import Parsed
from retrieval.outline import Outline

_UNDERLINE = re.compile(r"[=\-~]{3,}\s*\Z")
_ITEM = re.compile(
    r"\s*(?:[-*•·▪○●]\s+|\(?\d{1,3}[.)]\s+|[가나다라마바사아자차카타파하][.)]\s+|[①-⑳]\s*|[a-zA-Z][.)]\s+)"
)
# An article of a rule often goes on in the same line: 제3조(이월) 연차는 ...
_ARTICLE = re.compile(
    r"(제\s?\d{1,4}\s?(?:[편장절관조])(?:의\s?\d{1,3})?(?:\s?[(\[][^)\]\n]{1,80}[)\]])?)[ \t]*(.*)\Z", re.DOTALL
)
_CHAPTER = re.compile(r"제\s?\d{1,4}\s?[편장절관](?:의\s?\d{1,3})?[ \t]+\S.{0,80}\Z")
_NUMBERED = re.compile(
    r"(\d{1,3}(?:\.\d{1,3}){0,4})[.)]?\s+\S|([IVX]{1,5})\.\s+\S|([가나다라마바사아자차카타파하])\.\s+\S"
)
_MARKED = re.compile(r"[■□◆◇▣]\s*\S|(?:Section|Chapter|Part|Appendix|부록|별표)\s?[\dA-Z가-힣]{1,4}\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.?!:;,。…]\s*\Z")
_LEVELS = {"편": 1, "장": 2, "절": 3, "관": 3, "조": 4}
_LONGEST_HEADING = 60
_LONGEST_TITLE = 120


def text(content: bytes, name: str) -> Parsed:
    """Text as blocks; its title is the first line where that stands by itself."""
    groups = _paragraphs(decode(content, name))
    outline = Outline(_take_title(groups))
    if outline.title:
        outline.heading(1, outline.title)
    for group in groups:
        _add(outline, group)
    return outline.parsed()


def _paragraphs(whole: str) -> list[list[str]]:
    """Runs of lines between blank ones."""
    return [[line.rstrip() for line in lines] for blank, lines in groupby(whole.split("\n"), _is_blank) if not blank]


def _is_blank(line: str) -> bool:
    return not line.strip()


def _take_title(groups: list[list[str]]) -> str:
    """The first line, taken out of `groups`, when it is short, alone and no sentence or numbered section."""
    first = groups[0] if groups else [""]
    title = first[0].strip()
    underlined = len(first) > 1 and _UNDERLINE.match(first[1].strip()) is not None
    alone = len(first) == 1 and len(groups) > 1 and not _SENTENCE_END.search(title)
    if not title or len(title) > _LONGEST_TITLE or not (underlined or alone) or _level([title]):
        return ""
    groups[:1] = [first[2:]] if underlined and first[2:] else []
    return title


def _add(outline: Outline, lines: list[str]) -> None:
    """One run of lines: a heading and what follows in the run, or a list, or a paragraph."""
    while lines:
        article = _ARTICLE.match(lines[0].strip())
        if article and not _CHAPTER.match(lines[0].strip()):
            outline.heading(_LEVELS[_kind(article[1])], article[1])
            lines = [article[2], *lines[1:]] if article[2] else lines[1:]
            size = next((at for at, line in enumerate(lines) if at and _ARTICLE.match(line.strip())), len(lines))
            _add_body(outline, lines[:size])
            lines = lines[size:]
        elif level := _level(lines):
            outline.heading(level, lines[0].strip().lstrip("■□◆◇▣ "))
            lines = lines[2:] if len(lines) > 1 and _UNDERLINE.match(lines[1].strip()) else lines[1:]
        else:
            _add_body(outline, lines)
            return


def _add_body(outline: Outline, lines: list[str]) -> None:
    is_list = sum(_ITEM.match(line) is not None for line in lines) > 1 and _ITEM.match(lines[0]) is not None
    outline.add("list" if is_list else "paragraph", "\n".join(lines))


def _kind(article: str) -> str:
    return next(letter for letter in article if letter in _LEVELS)


def _level(lines: list[str]) -> int:
    """Level of the heading that the first line is; 0 when it is none.

    A numbered line is a heading when it is short, no sentence, and the next line is not the next number: else it is
    an item of a list.
    """
    line = lines[0].strip()
    if len(line) > _LONGEST_HEADING or _SENTENCE_END.search(line):
        return 0
    if len(lines) > 1 and _UNDERLINE.match(lines[1].strip()):
        return 1 if lines[1].strip().startswith("=") else 2
    if _CHAPTER.match(line):
        return _LEVELS[_kind(line)]
    if _MARKED.match(line):
        return 2
    numbered = _NUMBERED.match(line)
    if not numbered or (len(lines) > 1 and _ITEM.match(lines[1])):
        return 0
    return 2 + numbered[1].count(".") if numbered[1] else 2 if numbered[2] else 5
