"""An HTML page before its main part is taken: read safely, hidden things gone, merged cells filled in."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any, TypeAlias

from lxml import etree, html  # type: ignore[import-untyped]

from core.errors import BadDocument
from retrieval.models import Language
from retrieval.parsers import frontmatter

Element: TypeAlias = Any  # lxml's; it has no types
Span: TypeAlias = tuple[int, int]  # columns, rows
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,500}\?>")
_UNREAD = ("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "button", "select", "textarea")
_HIDDEN_STYLE = re.compile(
    r"display:none|visibility:hidden|font-size:0(?![.\d])|opacity:0(?![.\d])|(?:left|top|text-indent):-\d{3,}"
)
_DATES = ("article:modified_time", "last-modified", "dcterms.modified", "date", "article:published_time")
_MOST_SPAN = 50  # rows or columns one cell is spread over; larger spans are layout or an attack
_MOST_COLUMNS, _MOST_ROWS = 60, 2_000  # of a table whose merged cells are filled in
_LONGEST_REPEATED = 200  # characters of a cell that is repeated: a longer one is prose, not a label


def read(text: str, name: str) -> Element:
    """The page's tree; what a reader does not see is dropped. Raises BadDocument when it holds nothing."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        page = html.document_fromstring(_DECLARATION.sub("", text).encode(), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise BadDocument(f"{name}: not readable as HTML ({error})") from None
    for element in list(page.iter(etree.Element)):
        if element.tag in _UNREAD or _is_hidden(element):
            _drop(element)
    for table in list(page.iter("table")):
        _free_caption(table)
        if not _listed(table):
            _spread_cells(table)
    _free_inline_code(page)
    for block in list(page.iter("pre")):
        _mark_code(block)
    return page


def _free_inline_code(page: Element) -> None:
    """Inside of a sentence code is a word of it, not a block."""
    for word in list(page.iter("code", "kbd", "samp", "tt")):
        if next(word.iterancestors("pre"), None) is None:
            word.drop_tag()


def title(page: Element) -> str:
    """The first <h1> where <title> repeats it (the rest of that is the site's name), else <title>, else <h1>."""
    named = " ".join((page.findtext(".//title") or "").split())
    heading = next(page.iter("h1"), None)
    first = " ".join(heading.text_content().split()) if heading is not None else ""
    return first if first and first in named else named or first


def language(page: Element) -> Language | None:
    """What <html lang> says."""
    return frontmatter.language(page.get("lang") or "")


def updated(page: Element) -> date | None:
    """The date its <meta> elements give; the text's own dates are not guessed at."""
    said = {
        (meta.get("property") or meta.get("name") or meta.get("http-equiv") or "").lower(): meta.get("content") or ""
        for meta in page.iter("meta")
    }
    return next((day for key in _DATES if (day := frontmatter.read_date(said.get(key, "")))), None)


def _is_hidden(element: Element) -> bool:
    if "hidden" in element.attrib or element.get("aria-hidden") == "true":
        return element.tag not in {"html", "body"}
    style = element.get("style")
    return bool(style) and _HIDDEN_STYLE.search("".join(style.lower().split())) is not None


def _drop(element: Element) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _free_caption(table: Element) -> None:
    """A caption is a line before its table, not its first row."""
    for caption in table.findall("caption"):
        line = html.Element("p")
        line.text = caption.text_content()
        caption.drop_tree()
        table.addprevious(line)


def _listed(table: Element) -> bool:
    """Put a list in place of a table with names at the left and no header: "담당: 재무팀" says more than two columns."""
    rows = [list(row) for row in _rows(table)]
    if not rows or not all([cell.tag for cell in row] == ["th", "td"] for row in rows):
        return False
    items = html.Element("ul")
    for name, value in rows:
        item = html.Element("li")
        item.text = f"{' '.join(name.text_content().split())}: {' '.join(value.text_content().split())}"
        items.append(item)
    items.tail = table.tail
    table.getparent().replace(table, items)
    return True


def _mark_code(block: Element) -> None:
    """<pre> as <pre><code>: trafilatura takes it for a quotation otherwise, and joins its lines."""
    if block.find("code") is None:
        code = html.Element("code")
        code.text = block.text_content()
        block[:] = [code]
        block.text = None


def _spread_cells(table: Element) -> None:
    """Repeat a cell that spans rows or columns in each of them: every row then says all it means."""
    spans = {cell: (_span(cell, "colspan"), _span(cell, "rowspan")) for cell in table.iter("td", "th")}
    if all(span == (1, 1) for span in spans.values()):
        return
    hanging: dict[int, tuple[int, Element]] = {}  # column -> rows still to fill, cell
    for row in islice(_rows(table), _MOST_ROWS):
        cells: list[Element] = []
        for cell in row[:_MOST_COLUMNS]:
            _fill(cells, hanging)
            _spread(cell, spans.get(cell, (1, 1)), cells=cells, hanging=hanging)
        _fill(cells, hanging)
        if len(cells) <= _MOST_COLUMNS:
            row[:] = cells


def _spread(cell: Element, span: Span, *, cells: list[Element], hanging: dict[int, tuple[int, Element]]) -> None:
    """Append a cell once for each of its columns, and hang it down into the rows below."""
    columns, rows = span
    for position in range(columns):
        if rows > 1:
            hanging[len(cells)] = (rows - 1, cell)
        cells.append(cell if position == 0 else _copy(cell))


def _fill(cells: list[Element], hanging: dict[int, tuple[int, Element]]) -> None:
    """Append what hangs down from the rows above into the next columns."""
    while len(cells) in hanging and len(cells) <= _MOST_COLUMNS:
        left, cell = hanging.pop(len(cells))
        if left > 1:
            hanging[len(cells)] = (left - 1, cell)
        cells.append(_copy(cell))


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in {"thead", "tbody", "tfoot"}:
            yield from child.findall("tr")


def _copy(cell: Element) -> Element:
    copied = html.Element(cell.tag)
    text = cell.text_content()
    copied.text = text if len(text) <= _LONGEST_REPEATED else ""
    return copied


def _span(cell: Element, name: str) -> int:
    """Rows or columns that a cell spans; the attribute goes, or trafilatura would fill in empty cells once more."""
    digits = (cell.attrib.pop(name, None) or "1").strip()
    return min(max(int(digits), 1), _MOST_SPAN) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 1
