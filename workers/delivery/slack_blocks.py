"""An answer as Slack messages: text, numbered sources, notes and feedback buttons, within what Slack allows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.messages import Answer, Citation, Reindex, Request
from core.texts import say
from workers.delivery.markdown import LONGEST
from workers.delivery.slack_text import escape, link, mrkdwn, pieces

SECTION = 2_900  # characters; Slack allows 3,000
TOTAL = 9_800  # characters over all blocks of a message; Slack was seen to refuse 11,341 (bolt-js #2867)
BLOCKS = 45  # of a message; Slack allows 50
TEXT = 3_500  # characters of a message without blocks; chat.update allows 4,000


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message: `text` for notifications and readers without blocks, `blocks` as Slack takes them."""

    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)


def render(answer: Answer, *, job: str, feedback: bool) -> list[Rendered]:
    """The messages of an answer, nearly always one. The same answer gives the same bytes."""
    blocks = [*_text(answer), *_sources(answer), *_notes(answer)]
    if feedback:
        blocks.append(_buttons(job, answer.language))
    return [Rendered(_brief(message), message) for message in _packed(blocks)]


def plain(answer: Answer) -> list[Rendered]:
    """The same without blocks, for when Slack does not take them."""
    texts = _pieces(answer, TEXT)
    for line in [*_source_lines(answer), *_note_lines(answer)]:
        if len(texts[-1]) + len(line) < TEXT:
            texts[-1] += "\n" + line
        else:
            texts.append(line)
    return [Rendered(text) for text in texts]


def opening(work: Request) -> Rendered:
    """The first sign of life: a placeholder, or that a reindex began and by whom, for everybody there to see."""
    if not isinstance(work, Reindex):
        return words(say("thinking", work.language))
    started = words(say("reindex_started", work.language, source=work.source or say("all_sources", work.language)))
    return Rendered(f"{started.text} — <@{work.asker.id}>")


def words(text: str) -> Rendered:
    """A message of plain words (a placeholder, progress)."""
    return Rendered(mrkdwn(text, ())[:TEXT])


def _pieces(answer: Answer, limit: int) -> list[str]:
    """The text in pieces, at least one, together at most LONGEST characters."""
    urls = {citation.url for citation in answer.citations}
    room, kept = LONGEST, []
    for piece in pieces(answer.text[:LONGEST], urls, limit=limit) or [say("unknown", answer.language)]:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    if room < 0 or len(answer.text) > LONGEST:
        kept.append(say("undelivered_parts", answer.language))
    return kept


def _text(answer: Answer) -> Iterator[dict[str, Any]]:
    for piece in _pieces(answer, SECTION):
        yield {"type": "section", "text": _words(piece)}


def _sources(answer: Answer) -> Iterator[dict[str, Any]]:
    for lines in _grouped(_source_lines(answer)):
        yield {"type": "context", "elements": [_words(lines)]}


def _source_lines(answer: Answer) -> list[str]:
    if not answer.citations:
        return []
    return [f"*{say('sources', answer.language)}*", *(_source(*one) for one in answer.sources)]


def _source(marks: str, citation: Citation) -> str:
    title = citation.title[:150] or citation.url[:150]
    place = f" — {escape(' '.join(citation.place[:150].split()))}" if citation.place else ""
    return f"{marks} {link(citation.url, title)}{place.replace('`', chr(39))}"


def _notes(answer: Answer) -> Iterator[dict[str, Any]]:
    for lines in _grouped(_note_lines(answer)):
        yield {"type": "context", "elements": [_words(lines)]}


def _note_lines(answer: Answer) -> list[str]:
    return [f"_{say('notes.' + note, answer.language)}_" for note in answer.notes]


def _buttons(job: str, language: str) -> dict[str, Any]:
    def button(name: str, sign: str) -> dict[str, Any]:
        text = {"type": "plain_text", "text": f"{sign} {say(name, language)}", "emoji": True}
        return {"type": "button", "action_id": name, "value": job, "text": text}

    return {
        "type": "actions",
        "block_id": "feedback",
        "elements": [button("feedback_good", "👍"), button("feedback_bad", "👎")],
    }


def _words(text: str) -> dict[str, Any]:
    """Verbatim: Slack makes links only of what we marked, and looks for no names in it."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _grouped(lines: Sequence[str]) -> Iterator[str]:
    """Lines joined as far as one text element holds them."""
    together = ""
    for line in lines:
        if together and len(together) + len(line) + 1 > SECTION:
            yield together
            together = ""
        together = f"{together}\n{line}" if together else line
    if together:
        yield together


def _packed(blocks: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    messages: list[list[dict[str, Any]]] = [[]]
    room = TOTAL
    for block in blocks:
        size = _size(block)
        if messages[-1] and (size > room or len(messages[-1]) >= BLOCKS):
            messages.append([])
            room = TOTAL
        messages[-1].append(block)
        room -= size
    return messages


def _size(block: dict[str, Any]) -> int:
    """All characters in it, so that no way of counting them finds more."""
    if block["type"] == "section":
        return len(block["text"]["text"])
    return sum(len(str(element)) for element in block["elements"])


def _brief(blocks: Sequence[dict[str, Any]]) -> str:
    """What a notification shows: the first text, whole, for it is shorter than Slack allows."""
    first = blocks[0]
    return str(first["text"]["text"] if first["type"] == "section" else first["elements"][0]["text"])
