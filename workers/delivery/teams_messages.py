"""An answer as Teams activities: text with [n] marks, the citations behind them, a list of sources, notes and feedback."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from core.messages import Answer, Citation, Reindex, Request
from core.texts import say
from workers.delivery.hostile import openable
from workers.delivery.markdown import LONGEST, plain
from workers.delivery.teams_text import APART, BREAK, GAP, escape, flat, lines, link, pieces, tagless

Activity = dict[str, Any]  # plain JSON, as on the wire

SIZES = (
    80_000,
    40_000,
    20_000,
    10_000,
)  # bytes of UTF-16, all included; Teams allows 100 KB, and less where it says 413
CITATIONS = 20  # of a message; Teams refuses more
NAME, ABSTRACT = 80, 160  # characters of a citation's name and words
TITLE = 150  # characters of a title or place in the list of sources
_MARK = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text that is not cut, and what stands between it and the one before, where both are in one message."""

    text: str
    joint: str = GAP


def render(answer: Answer, *, feedback: bool, size: int = SIZES[0]) -> list[Activity]:
    """The messages of an answer, nearly always one. The same answer gives the same bytes.

    `feedback`: an answer to be labelled as a machine's and judged by thumbs, unlike a report or an apology.
    """
    parts = [*_text(answer, size // 4), *_sources(answer), *_notes(answer)]
    make = partial(_message, answer, feedback=feedback)
    messages = [_fitted(make(text), size) for text in _packed(parts, make, size=size)]
    if feedback:
        messages[-1]["channelData"] = {"feedbackLoop": {"type": "default"}}
    return messages


def bare(message: Activity) -> Activity:
    """The same words without what Teams may not understand of the rest."""
    return {name: value for name, value in message.items() if name in ("type", "textFormat", "text")}


def opening(work: Request, who: str) -> Activity:
    """The first sign of life: a placeholder, or that a reindex began and by whom, for everybody there to see."""
    if not isinstance(work, Reindex):
        return words(say("thinking", work.language))
    started = say("reindex_started", work.language, source=work.source or say("all_sources", work.language))
    return words(f"{started} — {who}" if who else started)


def doubt(language: str, reference: str) -> Activity:
    """That an answer may stand above, or may not."""
    return words(say("teams_uncertain", language, reference=reference))


def words(text: str) -> Activity:
    """A message of plain words (a placeholder, progress)."""
    return _activity(lines(text[: SIZES[-1] // 4]))


def _activity(text: str) -> Activity:
    return {"type": "message", "textFormat": "markdown", "text": text}


def _text(answer: Answer, limit: int) -> Iterator[Part]:
    """The text in pieces, at least one; entities make it longer, which is bounded as well."""
    urls, numbers = (
        zip(*((one.url, one.number) for one in answer.citations), strict=True) if answer.citations else ((), ())
    )
    found = pieces(answer.text[:LONGEST], urls, numbers, limit=limit) or [escape(say("unknown", answer.language))]
    room = 2 * LONGEST
    for piece in found:
        room -= len(piece)
        if room >= 0:
            yield Part(piece, APART)
    if room < 0 or len(answer.text) > LONGEST:
        yield Part(escape(say("undelivered_parts", answer.language)))


def _sources(answer: Answer) -> Iterator[Part]:
    """A heading with the sources, a line each: pills want a mouse that hovers, and phones have none."""
    heading = f"**{escape(say('sources', answer.language))}**{BREAK}"
    for number, (marks, citation) in enumerate(answer.sources):
        yield Part(_source(marks, citation), BREAK) if number else Part(heading + _source(marks, citation))


def _source(marks: str, citation: Citation) -> str:
    title = link(citation.url, citation.title[:TITLE] or citation.url[:TITLE])
    place = f" — {flat(citation.place[:TITLE])}" if citation.place.strip() else ""
    return f"{marks} {title}{place}"


def _notes(answer: Answer) -> Iterator[Part]:
    for number, note in enumerate(answer.notes):
        yield Part(f"*{escape(say('notes.' + note, answer.language))}*", BREAK if number else GAP)


def _packed(parts: Sequence[Part], make: Callable[[str], Activity], *, size: int) -> Iterator[str]:
    """Texts of messages that are at most `size` bytes each, where no single part is more."""
    together = parts[0].text
    for part in parts[1:]:
        longer = together + part.joint + part.text
        if _bytes(make(longer)) > size:
            yield together
            longer = part.text
        together = longer
    yield together


def _bytes(message: Activity) -> int:
    return len(json.dumps(message, ensure_ascii=False).encode("utf-16-le", "surrogatepass"))


def _fitted(message: Activity, size: int) -> Activity:
    """Without the last citations where they are what is too much; their sources are in the text as well."""
    for entity in message.get("entities", ()):
        while entity.get("citation") and _bytes(message) > size:
            entity["citation"].pop()
    return message


def _message(answer: Answer, text: str, *, feedback: bool) -> Activity:
    """A text with the citations that it marks."""
    marked = {int(number) for number in _MARK.findall(text)}
    named = {one.number: one for one in answer.citations if one.number in marked}  # two of a number are refused
    cited = list(named.values())[:CITATIONS]
    entity: dict[str, Any] = {
        "type": "https://schema.org/Message",
        "@type": "Message",
        "@context": "https://schema.org",
    }
    if feedback:
        entity["additionalType"] = ["AIGeneratedContent"]
    if cited:
        entity["citation"] = [_claim(citation) for citation in cited]
    return _activity(text) | ({"entities": [entity]} if feedback or cited else {})


def _claim(citation: Citation) -> dict[str, Any]:
    name = _short(citation.title, NAME) or _short(citation.url, NAME) or f"[{citation.number}]"
    abstract = _short(_prose(citation.quote), ABSTRACT) or _short(citation.place, ABSTRACT) or name
    appearance = {"@type": "DigitalDocument", "name": name, "abstract": abstract}
    if openable(citation.url):
        appearance["url"] = citation.url
    return {"@type": "Claim", "position": citation.number, "appearance": appearance}


def _prose(quote: str) -> str:
    """Words of a quote as it stands in its document; the cells of a table's row side by side."""
    cells = [cell.strip() for cell in plain(quote).strip().strip("|").split("|")]
    return " · ".join(cell for cell in cells if cell)


def _short(text: str, limit: int) -> str:
    """One line of at most `limit` characters, cut after a word."""
    line = " ".join(tagless(text).split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    return (cut.rpartition(" ")[0] if " " in cut[limit // 2 :] else cut) + "…"
