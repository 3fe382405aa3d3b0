"""Markdown to what Teams shows alike on desk and phone: bold, italic, code, quotes and links; lists and tables become lines."""

# Teams renders no tables and no headings in text, and lists on the desktop only (Microsoft: "Format your bot messages").
# It takes HTML in Markdown, so that entities are the one way to write a letter that marks nothing in any reader of either.

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from workers.delivery.hostile import openable, seen, unlinked
from workers.delivery.markdown import BULLET, HEADING, INLINE, Code, Line, Table, blocks, halves, plain

BREAK = "  \n"  # Teams takes a single newline for a blank
APART = "\n\n"  # a new line as well: Teams leaves no room between paragraphs (msteams-docs #740)
GAP = "\n\n\u00a0\n\n"  # what reads as a blank line
STYLES = {"bold": "**", "strong": "**", "italic": "*", "gone": "~~"}
_MARKUP = re.compile(r"[\\`*_~\[\]|<>]|&(?=#?\w+;)")
_WWW = re.compile(r"\bwww\.(?=\S)", re.IGNORECASE)
_TAG = re.compile(r"<(?=[a-z/!?])", re.IGNORECASE)
_MARK = re.compile(r"&#91;(\d{1,3})&#93;([(\[:]?)")
_HEADING = 60  # characters of a column's name, which every row repeats
_RULE = re.compile(r"^\s*([-*_=])(?:\s*\1){2,}\s*$")
_NUMBERED = re.compile(r"^(\d{1,9}[.)])\s+(?=\S)")
_OPENER = re.compile(r"^(?:\d{1,9}(?=[.)]$)|[-+=#])")  # what would begin a list, a heading or underline one


@dataclass(frozen=True, slots=True)
class Sources:
    """Where links may lead, and the numbers that stand for them."""

    urls: frozenset[str] = frozenset()
    numbers: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A line as it will stand; `kind` tells what may stand in one paragraph with it."""

    kind: str  # line, quote, or block: a paragraph of its own
    text: str


def escape(text: str) -> str:
    """Text that Teams shows as it is, on one line or many: nothing in it marks, links, or names anybody."""
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", _WWW.sub("www. ", unlinked(seen(text))))


def lines(text: str) -> str:
    """Plain words, their lines kept."""
    return BREAK.join(_opened(escape(line.strip())) for line in text.split("\n"))


def flat(text: str) -> str:
    """One line for inside a link or bold words."""
    return escape(" ".join(text.split()))


def link(url: str, label: str) -> str:
    """`[label](url)`, or the label alone where the url is none that a browser opens."""
    shown, target = flat(label), _target(url)
    return f"[{shown}]({target})" if target and shown else shown


def tagless(text: str) -> str:
    """Words for where no entity is read (code, a source's name): no `<` begins a tag."""
    return _TAG.sub("<\u2060", _WWW.sub("www. ", unlinked(seen(text))))


def teams_markdown(text: str, urls: Collection[str], numbers: Collection[int]) -> str:
    """A Markdown text in Teams' subset; [n] stay marks for `numbers` only, urls outside `urls` stay words."""
    sources = Sources(frozenset(urls), frozenset(numbers))
    shown = (one for block in blocks(seen(text)) for one in _block(block, sources))
    done, before = "", ""
    for kind, group in groupby(shown, key=lambda one: one.kind):
        joint = (GAP if kind == before == "line" else APART) if before else ""
        if kind:
            done += joint + (APART if kind == "block" else BREAK).join(one.text for one in group)
            before = kind
    return done


def pieces(text: str, urls: Collection[str], numbers: Collection[int], *, limit: int) -> list[str]:
    """`teams_markdown` in pieces of at most `limit` characters, cut where a paragraph, line or word ends."""
    shown = teams_markdown(text, urls, numbers)
    if len(shown) <= limit:
        return [shown] if shown.strip() else []
    return [piece for half in halves(text) for piece in pieces(half, urls, numbers, limit=limit)]


def _block(block: Code | Table | Line, sources: Sources) -> Iterator[_Shown]:
    match block:
        case Code(lines):
            inside = tagless("\n".join(lines)).replace("```", "'''").strip("\n")
            yield _Shown("block", f"```\n{inside}\n```") if inside.strip() else _Shown("", "")
        case Table(rows):
            yield from _table(rows, sources)
        case Line(text) if _RULE.match(text):
            yield _Shown("", "")
        case Line(text):
            yield _line(text, sources)


def _table(rows: tuple[tuple[str, ...], ...], sources: Sources) -> Iterator[_Shown]:
    """Each row in a line that needs no other to be understood: its first cell bold, each cell after its heading."""
    headings = [_words(" ".join(heading.split())[:_HEADING], sources) for heading in rows[0]]
    for row in rows[1:]:
        named = zip([*headings, *("",) * (len(row) - len(headings))], row, strict=False)
        cells = [f"{name}: {_cell(cell, sources)}".removeprefix(": ") for name, cell in named if cell]
        if cells:
            yield _Shown("line", " · ".join([f"• **{cells[0]}**", *cells[1:]]))
    if not rows[1:]:
        yield _Shown("line", "**" + " · ".join(headings) + "**")


def _cell(cell: str, sources: Sources) -> str:
    return _words(" ".join(cell.split()), sources)


def _line(line: str, sources: Sources) -> _Shown:
    if not line.strip():
        return _Shown("", "")
    if heading := HEADING.match(line):
        words = _cell(plain(heading[1]), sources)
        return _Shown("line", f"**{words}**") if words else _Shown("", "")
    if line.lstrip().startswith(">"):
        return _Shown("quote", "> " + _opened(_inline(line.lstrip().lstrip("> "), sources)))
    if bullet := BULLET.match(line):
        return _Shown("line", "\u2003" * (len(bullet[1]) // 2) + "• " + _inline(line[bullet.end() :], sources))
    return _Shown("line", _opened(_inline(line.strip(), sources)))


def _opened(text: str) -> str:
    """The beginning of a line, so that no reader takes it for a list's or a heading's."""
    text = _NUMBERED.sub("\\1\u00a0", text)
    found = _OPENER.match(text)
    if found is None:
        return text
    end = found.end() if found[0].isdigit() else 0
    return f"{text[:end]}&#{ord(text[end])};{text[end + 1 :]}"


def _inline(text: str, sources: Sources) -> str:
    done, at = "", 0
    for found in INLINE.finditer(text):
        done += _words(text[at : found.start()], sources)
        done += _marked(found, done[-1:], sources)
        at = found.end()
    return done + _words(text[at:], sources)


def _marked(found: re.Match[str], before: str, sources: Sources) -> str:
    kind = str(found.lastgroup)
    inner = str(found[kind])
    if kind in STYLES:
        return _styled(found, before, sources)
    if kind == "code":
        return "`" + tagless(inner[1:-1]) + "`"
    if kind == "url":
        return _address(inner, sources)
    if kind == "target":
        return _linked(found["label"], inner, sources)
    return _words(inner, sources)


def _linked(label: str, target: str, sources: Sources) -> str:
    """A link; a number as its label is a mark, whatever it leads to."""
    if label.isdigit():
        return _words(f"[{label}]", sources)
    return link(target, label) if target in sources.urls else _words(label, sources)


def _styled(found: re.Match[str], before: str, sources: Sources) -> str:
    """A style does not end between a bracket and a letter, where Korean endings follow at once: a hair's breadth helps."""
    mark, inner = STYLES[str(found.lastgroup)], _inline(str(found[found.lastgroup or 0]), sources)
    after = found.string[found.end() :][:1]
    opened = "\u200a" if _letter(before) and not _letter(inner[:1]) else ""
    closed = "\u200a" if _letter(after) and not _letter(inner[-1:]) else ""
    return opened + mark + inner + mark + closed


def _letter(text: str) -> bool:
    return bool(text) and unicodedata.category(text)[0] in "LNM"


def _address(url: str, sources: Sources) -> str:
    """A url written out in the text: a link if it is a source's, with or without the sentence's own full stop."""
    for target in (url, url.rstrip(".,;:!?")):
        if target in sources.urls and _target(target):
            return link(target, target.partition("://")[2]) + _words(url[len(target) :], sources)
    return _words(url, sources)


def _words(text: str, sources: Sources) -> str:
    """Words, and the marks of sources; what would make a link of a mark is spelt out."""

    def mark(found: re.Match[str]) -> str:
        if int(found[1]) not in sources.numbers:
            return found[0]
        return f"[{found[1]}]" + (f"&#{ord(found[2])};" if found[2] else "")

    return _MARK.sub(mark, escape(text))


def _target(url: str) -> str:
    """The url as it stands inside `(…)`, "" when it is not one to open."""
    if not openable(url):
        return ""
    return re.sub(r"[()<>\\\"'`|*\[\]]|&(?=#?\w+;)", lambda found: f"%{ord(found[0]):02X}", url)
