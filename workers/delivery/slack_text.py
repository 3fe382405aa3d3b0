"""Markdown to Slack's mrkdwn: nothing in the text can page people, and no link leads elsewhere than to a source."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_RULE = re.compile(r"^\s*\|?[\s:|-]*-[\s:|-]*\|?\s*$")
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_BULLET = re.compile(r"^(\s*)[-*+]\s+(?=\S)")
# control, direction, tag and zero-width letters: they carry no words, and can hide or reorder some
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
_EVERYONE = re.compile(r"@(?=(?:channel|here|everyone|group)\b)", re.IGNORECASE)
_SCHEME = re.compile(r"((?<=[a-z0-9+.-]):(?=//|\\\\|/\\)|\b(?:mailto|javascript|data|tel|slack):(?=\S))", re.IGNORECASE)
STYLES = {"bold": "*", "strong": "*", "italic": "_", "gone": "~"}
_INLINE = re.compile(
    r"(?P<code>`[^`\n]+`)"
    r"|!\[(?P<image>[^\[\]\n]*)\]\([^()\n]*\)"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<target>[^()\s]*(?:\([^()\s]*\)[^()\s]*)?)(?:\s[^()]*)?\)"
    r"|(?P<url>https?://[^\s<>|\"'`\])}]+)"
    r"|(?<!\*)\*\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*\*(?!\*)"
    r"|(?<![\w*])\*(?P<italic>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<!\w)__(?P<strong>[^\s_](?:[^_\n]*[^\s_])?)__(?!\w)"
    r"|~~(?P<gone>[^\s~](?:[^~\n]*[^\s~])?)~~"
)


def escape(text: str) -> str:
    """Text that Slack shows as it is: no control sequence, no ping, no scheme that a client would make a link of."""
    kept = _EVERYONE.sub("@\u2060", _UNSEEN.sub("", text))  # an invisible joiner: reads the same, names nobody
    kept = _SCHEME.sub(r"\1 ", kept)
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(url: str, label: str) -> str:
    """`<url|label>`, or the label alone where the url is none that a browser opens."""
    shown = _flat(label)
    target = _target(url)
    return f"<{target}|{shown}>" if target and shown else shown


def mrkdwn(text: str, sources: Collection[str]) -> str:
    """A Markdown text in Slack's markup; urls outside `sources` stay words."""
    return "\n".join(_lines(_UNSEEN.sub("", text), frozenset(sources)))


def pieces(text: str, sources: Collection[str], *, limit: int) -> list[str]:
    """`mrkdwn` in pieces of at most `limit` characters, cut where a paragraph, line or word ends."""
    shown = mrkdwn(text, sources).strip("\n")
    if len(shown) <= limit:
        return [shown] if shown.strip() else []
    first, second = _halves(text)
    return pieces(first, sources, limit=limit) + pieces(second, sources, limit=limit)


def _halves(text: str) -> tuple[str, str]:
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


def _lines(text: str, sources: frozenset[str]) -> Iterator[str]:
    lines = text.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(lines):
        if fence := _FENCE.match(lines[at]):
            end = next((n for n in range(at + 1, len(lines)) if lines[n].lstrip().startswith(fence[1])), len(lines))
            yield _code(lines[at + 1 : end])
            at = end + 1
        elif _ROW.match(lines[at]) and at + 1 < len(lines) and _RULE.match(lines[at + 1]):
            end = next((n for n in range(at + 2, len(lines)) if not _ROW.match(lines[n])), len(lines))
            yield _code(_table([lines[at], *lines[at + 2 : end]]))
            at = end
        else:
            yield _line(lines[at], sources)
            at += 1


def _code(lines: list[str]) -> str:
    inside = escape("\n".join(lines)).replace("```", "'''").strip("\n")
    return f"```\n{inside}\n```" if inside.strip() else ""


def _table(rows: list[str]) -> list[str]:
    """Columns of one width each, counting Hangul and other wide letters as two."""
    cells = [[_plain(cell.strip()) for cell in row.strip().strip("|").split("|")] for row in rows]
    count = max(len(row) for row in cells)
    padded = [row + [""] * (count - len(row)) for row in cells]
    widths = [max(_width(row[column]) for row in padded) for column in range(count)]
    lines = [
        "  ".join(cell + " " * (widths[n] - _width(cell)) for n, cell in enumerate(row)).rstrip() for row in padded
    ]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def _plain(cell: str) -> str:
    """A cell in a code block shows no markup, so it carries none."""
    return re.sub(r"\[([^\[\]]+)\]\([^()\s]*\)", r"\1", cell).replace("**", "").replace("`", "").replace("<br>", " ")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _line(line: str, sources: frozenset[str]) -> str:
    if heading := _HEADING.match(line):
        return f"*{_flat(_plain(heading[1]))}*" if heading[1] else ""
    if line.lstrip().startswith(">"):
        return "> " + _inline(line.lstrip()[1:].strip(), sources)
    bullet = _BULLET.match(line)
    start = bullet[1] + "• " if bullet else ""
    return start + _inline(line[bullet.end() :] if bullet else line, sources)


def _inline(text: str, sources: frozenset[str]) -> str:
    done, at = [], 0
    for found in _INLINE.finditer(text):
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
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or len(url) > 2000
        or re.search(r"[\s\x00-\x1f\ud800-\udfff]", url)
    ):
        return ""
    return url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
