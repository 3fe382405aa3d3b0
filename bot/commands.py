"""What people can tell Daedap to do, the same words on every platform: a strict grammar, administrators by id, a sentence back."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.intake import Intake
from core import reindexing
from core.health import health
from core.messages import Address, Asker, Forget, Reindex, ReplyLanguage
from core.texts import say

log = structlog.get_logger()

PATIENCE = 0.8  # seconds for Redis; Slack shows an error of its own after 3
LONGEST = 200  # characters of a command's text
FORGET = re.compile(r"(?:forget|잊어|잊어 ?줘|잊어 ?주세요)[.!]?", re.IGNORECASE)  # said where commands are sentences
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII | re.IGNORECASE)
_REBUILD = re.compile(r"(?:--|—|–)rebuild")  # keyboards make one dash of two


@dataclass(frozen=True, slots=True)
class Said:
    """A command as it came: where, who, the id of this use of it, and its words (None = not of the grammar)."""

    address: Address
    asker: Asker
    message: str
    words: tuple[str, ...] | None
    rebuild: bool = False
    at: float = field(default_factory=time.time)

    @property
    def person(self) -> str:
        """As `admins` names people."""
        return f"{self.address.platform}:{self.address.tenant}:{self.asker.id}"

    def request(self, language: ReplyLanguage) -> dict[str, Any]:
        """What every job made from it has. Each use of a command has one id: delivered twice, it is one job."""
        return {
            "address": self.address,
            "message": self.message,
            "at": self.at,
            "asker": self.asker,
            "language": language,
        }


def split(text: str) -> tuple[tuple[str, ...] | None, bool]:
    """The words of a command and whether it says `--rebuild`; None for what no command can be."""
    words = text.split() if len(text) <= LONGEST else ["…"]
    plain = tuple(word for word in words if not _REBUILD.fullmatch(word))
    known = all(_WORD.fullmatch(word) for word in plain) and len(words) - len(plain) <= 1
    return (plain if known else None), len(plain) < len(words)


class Commands:
    """`reindex` and `daedap`; each gives the text to show, "" when a job was admitted that answers by itself.

    `name` writes a person's id as the platform shows people; `fields` are the platform's notes for the job (see Ledger.admit).
    """

    def __init__(self, intake: Intake, redis: Redis, *, name: Callable[[str], str], root: str = "") -> None:
        self._intake, self._redis, self._settings = intake, redis, intake.settings
        self._name, self._root = name, root

    async def reindex(self, said: Said, language: ReplyLanguage, **fields: str) -> str:
        """`[start|status|cancel] [source] [--rebuild]`, for administrators."""
        if refusal := self._refusal(said, language):
            log.warning("command.refused", command="reindex", user=said.person)
            return refusal
        verb, source = _verb(said)
        if verb is None or (said.rebuild and verb != "start"):
            return say("reindex_usage", language)
        if source and source not in self._settings.sources:
            return say("reindex_bad_source", language, source=source, sources=", ".join(sorted(self._settings.sources)))
        log.info("command.accepted", command="reindex", verb=verb, source=source, user=said.person)
        deeds: dict[str, Callable[[], Awaitable[str]]] = {
            "start": lambda: self._start(said, language, source=source, fields=fields),
            "status": lambda: self._status(language),
            "cancel": lambda: self._cancel(language),
        }
        return await self._promptly(deeds[verb](), language)

    async def daedap(self, said: Said, language: ReplyLanguage, **fields: str) -> str:
        """`help|forget|status`, for everybody."""
        match said.words if not said.rebuild else None:
            case () | ("help",):
                return say("help", language)
            case ("status",):
                return await self._promptly(self._health(language), language)
            case ("forget",):
                return await self._promptly(self._forget(said, language, fields), language)
            case _:
                return say("command_unknown", language, command=" ".join(said.words or ("…",)), root=self._root)

    def _refusal(self, said: Said, language: ReplyLanguage) -> str:
        if said.person in self._settings.admins:
            return ""
        tenant = f"{said.address.platform}:{said.address.tenant}:"
        here = [admin.removeprefix(tenant) for admin in self._settings.admins if admin.startswith(tenant)]
        if not here:
            return say("command_no_admins", language, user=said.person)
        return say("command_not_allowed", language, admins=", ".join(self._name(user) for user in here))

    async def _start(self, said: Said, language: ReplyLanguage, *, source: str, fields: dict[str, str]) -> str:
        now = await reindexing.status(self._redis)
        if now.running:
            return self._running(now, language)
        wish = Reindex(**said.request(language), source=source, rebuild=said.rebuild)
        await self._intake.admit(wish, fields=fields)
        return ""

    async def _status(self, language: ReplyLanguage) -> str:
        now = await reindexing.status(self._redis)
        if now.running:
            return self._running(now, language)
        return say("reindex_idle", language, last=now.last) if now.last else say("reindex_never", language)

    async def _cancel(self, language: ReplyLanguage) -> str:
        if await reindexing.cancel(self._redis):
            return say("reindex_cancelling", language)
        return await self._status(language)

    async def _health(self, language: ReplyLanguage) -> str:
        now = await health(self._redis)
        if not now.answering and not now.workers:
            return say("status_no_workers", language, waiting=now.waiting)
        workers = sum(now.workers.values())
        return say("status", language, waiting=now.waiting, workers=workers, oldest=round(now.oldest))

    async def _forget(self, said: Said, language: ReplyLanguage, fields: dict[str, str]) -> str:
        """Where no thread is known, everything that this person said in the channel."""
        wish = Forget(**said.request(language), whole_channel=not said.address.thread)
        await self._intake.admit(wish, fields=fields)
        return ""

    async def _promptly(self, work: Awaitable[str], language: ReplyLanguage) -> str:
        try:
            async with asyncio.timeout(PATIENCE):
                return await work
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("command.redis_down", reason=type(error).__name__)
            return say("starting", language)

    def _running(self, now: reindexing.Status, language: ReplyLanguage) -> str:
        return say("reindex_running", language, by=self._name(now.by), done=now.done, total=now.total)


def _verb(said: Said) -> tuple[str | None, str]:
    """Verb and source; the verb may be left out."""
    match said.words:
        case ():
            return "start", ""
        case ("start" | "status" | "cancel" as verb,):
            return verb, ""
        case (source,):
            return "start", source
        case ("start", source):
            return "start", source
        case _:
            return None, ""
