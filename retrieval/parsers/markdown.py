"""Markdown to text: CommonMark with tables, marks stripped, raw HTML and comments gone."""

import html
import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from core.errors import BadDocument
from retrieval.decode import decode
from retrieval.models import Parsed
from retrieval.outline import Outline
from retrieval.parsers import frontmatter

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_UNREAD = re.compile(r"<(script|style|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
# CommonMark leaves **강조(괄호)**는 as it is: a closing mark between punctuation and a Hangul letter does not count.
_LEFT_OVER = re.compile(r"\*\*(?=\S)([^*\n]{1,500}?)(?<=\S)\*\*")
_SENTENCE_END = re.compile(r"[.?!:;。…다요음함임됨)\]\"”’]\s*\Z")
_BREAK = "\x1f"  # a line break that is meant, kept apart from an editor's until lines are joined (clean text has none)
_WRAPPED = 50  # columns from which a line break is a wrapped line, not a line of its own
_WIDE = re.compile(r"[\u1100-\u11ff\u3000-\ud7ff\uff00-\uffef]")
_PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")


def markdown(content: bytes, name: str) -> Parsed:
    """Markdown as text with blocks; title, language and date from its front matter, else the first heading."""
    fields, text = frontmatter.split(decode(content, name))
    if "readers" in fields:  # reading on would show to everyone what its author meant for a few
        raise BadDocument(
            f"{name}: its front matter says who may read it, which is not heeded; put that into readers.toml"
        )
    outline = Outline(fields.get("title", ""))
    for node in SyntaxTreeNode(_PARSER.parse(text)).children:
        _add(outline, node)
    said = fields.get("language") or fields.get("lang") or ""
    return outline.parsed(frontmatter.language(said), frontmatter.updated(fields))


def _add(outline: Outline, node: SyntaxTreeNode) -> None:
    match node.type:
        case "heading":
            outline.heading(int(node.tag[1]), _inline(node))
        case "fence" | "code_block":
            outline.add("code", node.content)
        case "bullet_list" | "ordered_list":
            outline.add("list", "\n".join(_items(node, 0)))
        case "table":
            outline.table([[_inline(cell) for cell in row.children] for part in node.children for row in part.children])
        case "paragraph" | "html_block":
            outline.add("paragraph", _plain(node))
        case "blockquote":
            for child in node.children:
                _add(outline, child)


def _items(node: SyntaxTreeNode, depth: int) -> Iterator[str]:
    """Lines of a list: "- " or "1. ", two blanks deeper per level; an item's further paragraphs line up beneath it."""
    first = int(node.attrs.get("start", 1))
    for number, item in enumerate(node.children, first):
        mark = f"{number}. " if node.type == "ordered_list" else "- "
        for child in item.children:
            if child.type in {"bullet_list", "ordered_list"}:
                yield from _items(child, depth + 1)
                continue
            for line in _plain(child).splitlines():
                yield "  " * depth + mark + line
                mark = " " * len(mark)


def _plain(node: SyntaxTreeNode) -> str:
    """Text of anything that stands inside a list item."""
    if node.type in {"fence", "code_block"}:
        return node.content
    if node.type == "html_block":
        return _bare(node.content)
    if node.type in {"paragraph", "heading"}:
        return _inline(node)
    return "\n".join(_plain(child) for child in node.children)


def _inline(node: SyntaxTreeNode) -> str:
    inline = node.children[0] if node.children else None
    if inline is None or inline.token is None:
        return ""
    text = "".join(_pieces(inline.token.children or []))
    return _LEFT_OVER.sub(r"\1", _unwrapped(text)).replace(_BREAK, "\n").strip()


def _pieces(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "softbreak":
            yield "\n"
        elif token.type == "hardbreak":
            yield _BREAK
        elif token.type == "html_inline":
            yield _BREAK if token.content.lower().startswith(("<br>", "<br/", "<br ")) else ""
        else:
            yield token.content  # an image's content is its alternative text


def _unwrapped(text: str) -> str:
    """Join lines that an editor wrapped; keep those that somebody broke on purpose (short, or after a sentence)."""
    lines = text.split("\n")
    joined = lines[0]
    for before, line in pairwise(lines):
        columns = len(before) + len(_WIDE.findall(before))
        wrapped = columns >= _WRAPPED and not _SENTENCE_END.search(before)
        joined += (" " if wrapped else "\n") + line.strip()
    return joined


def _bare(raw: str) -> str:
    """Text of raw HTML without tags, comments and scripts."""
    text = _TAG.sub(" ", _UNREAD.sub(" ", _COMMENT.sub(" ", raw)))
    return "\n".join(filter(None, (" ".join(line.split()) for line in html.unescape(text).splitlines())))
