"""Commands said as sentences, for Teams has no others: a strict grammar, and whatever is not of it is a question."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.commands import FORGET, split

VERBS = ("start", "status", "cancel")
# With or without the slash that other places and our own sentences write.
_HELP = re.compile(r"/?(?:help|도움말)[.!?]?", re.IGNORECASE)
_STATUS = re.compile(r"/?status[.!?]?", re.IGNORECASE)
_REINDEX = re.compile(r"/?reindex(?:\s+(?P<rest>.*))?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spoken:
    """`name` is help, status, forget or reindex; the words are what comes behind it."""

    name: str
    words: tuple[str, ...] = ()
    rebuild: bool = False


def command(text: str, sources: Collection[str]) -> Spoken | None:
    """The command that a text is, None for a question ("reindex why?", "help me choose")."""
    if _HELP.fullmatch(text):
        return Spoken("help")
    if _STATUS.fullmatch(text):
        return Spoken("status")
    if FORGET.fullmatch(text.removeprefix("/")):
        return Spoken("forget")
    found = _REINDEX.fullmatch(text)
    return _reindex(found["rest"] or "", sources) if found else None


def _reindex(rest: str, sources: Collection[str]) -> Spoken | None:
    """`[start|status|cancel] [source] [--rebuild]`: a lone word that is neither verb nor source may begin a question."""
    words, rebuild = split(rest)
    match words:
        case None:
            return None
        case () | ("start" | "status" | "cancel",) | ("start", _):
            known = True
        case (source,):
            known = source in sources or rebuild
        case _:
            known = rebuild and words[0] in VERBS
    return Spoken("reindex", words, rebuild) if known else None
