"""Markdown as answers are written in, read into code, tables and lines; how each is dressed is a platform's own affair."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 26_000  # characters of an answer's text that are shown; what is longer is cut and said so

HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$")
BULLET = re.compile(r"^(\s*)[-*+]\s+(?=\S)")
INLINE = re.compile(
    r"(?P<code>`[^`\n]+`)"
    r"|!\[(?P<image>[^\[\]\n]*)\]\([^()\n]*\)"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<target>[^()\s]*(?:\([^()\s]*\)[^()\s]*)?)(?:\s[^()]*)?\)"
    r"|(?P<url>https?://[^\s<>|\"'`\])}]+)"
    r"|(?<!\*)\*\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*\*(?!\*)"
    r"|(?<![\w*])\*(?P<italic>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<!\w)__(?P<strong>[^\s_](?:[^_\n]*[^\s_])?)__(?!\w)"
    r"|~~(?P<gone>[^\s~](?:[^~\n]*[^\s~])?)~~"
)
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_RULE = re.compile(r"^\s*\|?[\s:|-]*-[\s:|-]*\|?\s*$")


@dataclass(frozen=True, slots=True)
class Code:
    """Lines to be shown as they are."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells in plain words, the first of them the headings; rows may differ in length."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of anything else, with its markup."""

    text: str


def blocks(text: str) -> Iterator[Code | Table | Line]:
    """The text from top to bottom."""
    lines = text.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        if fence := _FENCE.match(lines[at]):
            end = next((n for n in range(at + 1, len(lines)) if lines[n].lstrip().startswith(fence[1])), len(lines))
            yield Code(tuple(lines[at + 1 : end]))
            at = end + 1
        elif _ROW.match(lines[at]) and at + 1 < len(lines) and _RULE.match(lines[at + 1]):
            end = next((n for n in range(at + 2, len(lines)) if not _ROW.match(lines[n])), len(lines))
            yield Table(tuple(_cells(row) for row in (lines[at], *lines[at + 2 : end])))
            at = end
        else:
            yield Line(lines[at])
            at += 1


def halves(text: str) -> tuple[str, str]:
    """Two parts, cut where a paragraph, line or word ends nearest before the middle; code is closed and opened again."""
    middle = len(text) // 2
    for mark in ("\n\n", "\n", " "):
        at = text.rfind(mark, middle // 2, middle)
        if at > 0:
            break
    else:
        at = middle
    first, second = text[:at], text[at:]
    fences = [line for line in first.split("\n") if _FENCE.match(line)]
    if len(fences) % 2:  # cut inside code: close it here and open it there
        return first + "\n```", "```\n" + second.lstrip("\n")
    return first, second


def plain(text: str) -> str:
    """The words alone, for where no markup is shown."""
    return re.sub(r"\[([^\[\]]+)\]\([^()\s]*\)", r"\1", text).replace("**", "").replace("`", "").replace("<br>", " ")


def _cells(row: str) -> tuple[str, ...]:
    return tuple(plain(cell.strip()) for cell in row.strip().strip("|").split("|"))
