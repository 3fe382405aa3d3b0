"""HTML to text: the main part of a page by trafilatura, with its headings, lists, tables and code."""

import re
from collections.abc import Iterator
from copy import deepcopy

import trafilatura
from trafilatura.settings import Document

from retrieval.decode import decode
from retrieval.models import Parsed
from retrieval.outline import Outline
from retrieval.parsers import html_page
from retrieval.parsers.html_page import Element

_MOST_ELEMENTS = 20_000  # that trafilatura is given: 150,000 table cells took it 40 s
_ENOUGH = 0.4  # of the text outside of menus; where trafilatura finds less, it took a part for the whole
_AROUND = ("nav", "header", "footer", "aside", "form")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_LISTS = {"list", "ul", "ol", "dl"}
_HEADINGS = {"head", "h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = _LISTS | _HEADINGS | {
    "p", "div", "section", "article", "main", "body", "quote", "blockquote", "table", "pre", "code", "figure",
    "figcaption", "address", "details", "summary", "center", "td", "th", "tr", "tbody", "fieldset", "hr", "graphic",
}  # fmt: skip


def html(content: bytes, name: str) -> Parsed:
    """The page's main content as text with blocks. Raises BadDocument when it cannot be read."""
    page = html_page.read(decode(content, name), name)
    outline = Outline(html_page.title(page))
    _walk(outline, _main(page))
    return outline.parsed(html_page.language(page), html_page.updated(page))


def _main(page: Element) -> Element:
    """The main part by trafilatura, or all but the menus where it found too little."""
    found = None
    if sum(1 for _ in page.iter()) <= _MOST_ELEMENTS:
        found = trafilatura.bare_extraction(
            deepcopy(page), include_comments=False, favor_recall=True, with_metadata=False
        )
    for element in [each for tag in _AROUND for each in page.iter(tag)]:
        if element.getparent() is not None and element.find(".//main") is None and element.find(".//h1") is None:
            element.drop_tree()
    body = page.find("body")
    whole = body if body is not None else page
    if not isinstance(found, Document) or _size(found.body) < _ENOUGH * _size(whole):
        return whole
    return found.body


def _size(element: Element) -> int:
    return sum(len(text.strip()) for text in element.itertext())


def _walk(outline: Outline, element: Element) -> None:
    """Blocks of a container in order; text that stands loose between them is a paragraph."""
    loose = [_collapsed(element.text)]
    for child in element:
        if child.tag in _BLOCKS or _holds_block(child):
            outline.add("paragraph", _tidy("".join(loose)))
            loose = []
            _add(outline, child)
        else:
            loose.append(_text(child))
        loose.append(_collapsed(child.tail))
    outline.add("paragraph", _tidy("".join(loose)))


def _add(outline: Outline, element: Element) -> None:
    if element.tag in _HEADINGS:
        outline.heading(_level(element), _text(element))
    elif element.tag == "table":
        _table(outline, element)
    elif element.tag in _LISTS:
        outline.add("list", "\n".join(_items(element, 0)))
    elif element.tag in {"pre", "code"}:
        outline.add("code", "".join(element.itertext()))
    else:
        _walk(outline, element)


def _holds_block(element: Element) -> bool:
    return any(child.tag in _BLOCKS for child in element.iterdescendants())


def _level(heading: Element) -> int:
    name = heading.get("rend") or heading.tag
    return int(name[1]) if name[1:2].isdigit() else 2


def _table(outline: Outline, table: Element) -> None:
    rows = [[cell for cell in row if cell.tag in {"cell", "td", "th"}] for row in table.iter("row", "tr")]
    rows = [row for row in rows if row]
    outline.table([[_flat(cell) for cell in row] for row in rows])


def _items(element: Element, depth: int) -> Iterator[str]:
    """Lines of a list, two blanks deeper per level; definitions as "- term" and the text beneath."""
    ordered = element.tag == "ol" or element.get("rend") == "ol"
    for number, item in enumerate(element, 1):
        goes_on = item.tag == "dd" or (item.get("rend") or "").startswith("dd")
        mark = "  " if goes_on else f"{number}. " if ordered else "- "
        if line := _flat(item, without=_LISTS):
            yield "  " * depth + mark + line
        for inner in item.iter(*_LISTS):
            if _nearest_list(inner) is element:
                yield from _items(inner, depth + 1)


def _nearest_list(element: Element) -> Element | None:
    return next((above for above in element.iterancestors() if above.tag in _LISTS), None)


def _flat(element: Element, without: set[str] | frozenset[str] = frozenset()) -> str:
    """All text of an element on one line, apart from children of some kinds."""
    return " ".join(" ".join(_words(element, without)).split())


def _words(element: Element, without: set[str] | frozenset[str]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag in _BLOCKS:
            yield " "
        if child.tag not in without:
            yield from _words(child, without)
        yield child.tail or ""


def _text(element: Element) -> str:
    """Inline text with its line breaks."""
    if element.tag in {"lb", "br"}:
        return "\n"
    return _collapsed(element.text) + "".join(_text(child) + _collapsed(child.tail) for child in element)


def _collapsed(text: str | None) -> str:
    return _BLANKS.sub(" ", text or "")


def _tidy(text: str) -> str:
    return "\n".join(filter(None, (line.strip() for line in text.split("\n"))))
