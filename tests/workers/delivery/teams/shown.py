"""What people see of a Teams text: Markdown read by another library than ours, and what in it is alive."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt

# HTML is let through, as Teams does; tables and single tildes are what its stricter and looser readers would find.
_READER = MarkdownIt("commonmark", {"html": True}).enable(["strikethrough", "table"])
_READER.normalizeLink = lambda url: url  # type: ignore[method-assign] # addresses stay as they were written
TAGS = {"p", "strong", "em", "s", "code", "pre", "blockquote", "a", "br"}


class Shown(HTMLParser):
    """`words` as read, `tags` in order, `links` that can be followed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words, self.tags, self.links = "", [], []  # type: str, list[str], list[str]
        self.outside = ""  # words of no link and no code
        self._in: list[str] = []
        self.feed(_READER.render(text))
        self.words = re.sub(r"\n\s*\n", "\n", self.words.replace("\xa0", " ")).strip("\n")  # blank lines are dress

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.tags.append(tag)
        self._in.append(tag)
        self.links += [str(value) for name, value in attrs if name in ("href", "src")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.handle_starttag(tag, attrs)
        self._in.pop()

    def handle_endtag(self, tag: str) -> None:
        self._in.pop()

    def handle_data(self, data: str) -> None:
        self.words += data
        self.outside += " " if "a" in self._in else data


def shown(message: dict[str, Any] | str) -> Shown:
    return Shown(message if isinstance(message, str) else message["text"])


def assert_harmless(message: dict[str, Any], urls: set[str]) -> None:
    """No tag but Teams' own subset, no link but to a source, nobody named, nothing that a client would link by itself."""
    seen = shown(message)
    assert set(seen.tags) <= TAGS, seen.tags
    assert {plain(link) for link in seen.links} <= {plain(url) for url in urls}, seen.links
    assert not re.search(r"https?://|\bwww\.\S", seen.outside, re.IGNORECASE), seen.outside
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u202e\ud800-\udfff]", message["text"])
    for entity in message.get("entities", []):
        assert entity["type"] != "mention"
        for claim in entity.get("citation", []):
            assert claim["appearance"].get("url", "") in urls | {""}
            assert not any(re.search(r"<[a-z/!?]", claim["appearance"][name]) for name in ("name", "abstract"))


def plain(url: str) -> str:
    """An address without the ways in which it can be written."""
    return unquote(url)
