"""Markdown to Slack's mrkdwn: nothing in the text can page people, and no link leads elsewhere than to a source."""

import re
import unicodedata
from collections.abc import Collection, Sequence

from workers.delivery.hostile import openable, seen, unlinked
from workers.delivery.markdown import BULLET, HEADING, INLINE, Code, Line, Table, blocks, halves, plain

_EVERYONE = re.compile(r"@(?=(?:channel|here|everyone|group)\b)", re.IGNORECASE)
STYLES = {"bold": "*", "strong": "*", "italic": "_", "gone": "~"}


def escape(text: str) -> str:
    """Text that Slack shows as it is: no control sequence, no ping, no scheme that a client would make a link of."""
    kept = unlinked(_EVERYONE.sub("@\u2060", seen(text)))  # an invisible joiner: reads the same, names nobody
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(url: str, label: str) -> str:
    """`<url|label>`, or the label alone where the url is none that a browser opens."""
    shown = _flat(label)
    target = _target(url)
    return f"<{target}|{shown}>" if target and shown else shown


def mrkdwn(text: str, sources: Collection[str]) -> str:
    """A Markdown text in Slack's markup; urls outside `sources` stay words."""
    known = frozenset(sources)
    return "\n".join(_block(block, known) for block in blocks(seen(text)))


def pieces(text: str, sources: Collection[str], *, limit: int) -> list[str]:
    """`mrkdwn` in pieces of at most `limit` characters, cut where a paragraph, line or word ends."""
    shown = mrkdwn(text, sources).strip("\n")
    if len(shown) <= limit:
        return [shown] if shown.strip() else []
    first, second = halves(text)
    return pieces(first, sources, limit=limit) + pieces(second, sources, limit=limit)


def _block(block: Code | Table | Line, sources: frozenset[str]) -> str:
    match block:
        case Code(lines):
            return _code(lines)
        case Table(rows):
            return _code(_table(rows))
        case Line(text):
            return _line(text, sources)


def _code(lines: Sequence[str]) -> str:
    inside = escape("\n".join(lines)).replace("```", "'''").strip("\n")
    return f"```\n{inside}\n```" if inside.strip() else ""


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns of one width each, counting Hangul and other wide letters as two."""
    count = max(len(row) for row in rows)
    padded = [row + ("",) * (count - len(row)) for row in rows]
    widths = [max(_width(row[column]) for row in padded) for column in range(count)]
    lines = [
        "  ".join(cell + " " * (widths[n] - _width(cell)) for n, cell in enumerate(row)).rstrip() for row in padded
    ]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _line(line: str, sources: frozenset[str]) -> str:
    if heading := HEADING.match(line):
        return f"*{_flat(plain(heading[1]))}*" if heading[1] else ""
    if line.lstrip().startswith(">"):
        return "> " + _inline(line.lstrip()[1:].strip(), sources)
    bullet = BULLET.match(line)
    start = bullet[1] + "• " if bullet else ""
    return start + _inline(line[bullet.end() :] if bullet else line, sources)


def _inline(text: str, sources: frozenset[str]) -> str:
    done, at = [], 0
    for found in INLINE.finditer(text):
        done.append(_words(text[at : found.start()]))
        done.append(_marked(found, sources))
        at = found.end()
    return "".join([*done, _words(text[at:])])


def _marked(found: re.Match[str], sources: frozenset[str]) -> str:
    kind = str(found.lastgroup)
    inner = str(found[kind])
    if kind in STYLES:
        return _styled(STYLES[kind], found, sources)
    if kind == "code":
        return "`" + escape(inner[1:-1]) + "`"
    if kind == "url":
        return _address(inner, sources)
    if kind == "target":
        return link(inner, found["label"]) if inner in sources else _words(found["label"])
    return _words(inner)


def _styled(mark: str, found: re.Match[str], sources: frozenset[str]) -> str:
    """Slack styles whole words only; Korean endings follow at once, so a space of no width stands between."""
    inner = _inline(str(found[found.lastgroup or 0]), sources)
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return ("\u200b" if before.isalnum() else "") + mark + inner + mark + ("\u200b" if after.isalnum() else "")


def _address(url: str, sources: frozenset[str]) -> str:
    """A url written out in the text: a link if it is a source's, with or without the sentence's own full stop."""
    for target in (url, url.rstrip(".,;:!?")):
        if target in sources and _target(target):
            return f"<{_target(target)}>" + _words(url[len(target) :])
    return _words(url)


def _words(text: str) -> str:
    return escape(text).replace("`", "'")  # a lone backtick would swallow what follows, links too


def _flat(text: str) -> str:
    """One line for inside a link or a heading, without what would end those."""
    return escape(" ".join(text.replace("|", " ").replace("`", "'").replace("*", " ").split()))


def _target(url: str) -> str:
    """The url as it stands inside `<…>`, "" when it is not one to open."""
    if not openable(url):
        return ""
    return url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
