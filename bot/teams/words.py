"""A Teams message's text as plain words: mentions and entities resolved."""

import html
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

_AT = re.compile(r"<(/?)at\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_QUOTED = re.compile(
    r"<(quoted|attachment)\b[^<>]*>(?:</\1>)?", re.IGNORECASE
)  # where a message that is answered to stands
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li)>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:nbsp|amp|lt|gt|quot|apos|#39|#160|#xa0);", re.IGNORECASE)


def mentioned(entities: Sequence[Any] | None) -> list[tuple[str, str]]:
    """Who is named, in the order of the text: id, and the words that stand for them."""
    found = []
    for entity in entities or ():
        who = entity.get("mentioned") if isinstance(entity, dict) and entity.get("type") == "mention" else None
        if isinstance(who, dict) and isinstance(who.get("id"), str):
            words = _AT.sub("", entity["text"]) if isinstance(entity.get("text"), str) else str(who.get("name") or "")
            found.append((who["id"], words.strip()))
    return found


def words(text: str, *, me: str, people: Sequence[tuple[str, str]], markup: bool = False) -> str:
    """Plain words. Mentions of `me` go; other people become their names. `markup`: the text is HTML, not plain."""
    named: dict[str, deque[str]] = defaultdict(deque)
    for who, name in people:
        named[name].append(who)

    def label(name: str) -> str:
        if not named[name]:
            return name
        return " " if named[name].popleft() == me else f"@{name}"

    plain = _QUOTED.sub(" ", "".join(_resolved(text, label)))
    if markup:
        plain = _TAG.sub(" ", _BREAK.sub("\n", plain))
    return _ENTITY.sub(lambda found: html.unescape(found[0].lower()), plain).replace("\xa0", " ")


def _resolved(text: str, label: Callable[[str], str]) -> Iterator[str]:
    """The text in pieces, what stands between two tags as its label; in one pass, whatever somebody left open."""
    begin, opened = 0, False
    for tag in _AT.finditer(text):
        piece = text[begin : tag.start()]
        yield label(piece.strip()) if opened and tag[1] else piece
        begin, opened = tag.end(), not tag[1]
    yield text[begin:]
