"""Slash commands: a strict grammar, administrators by id, and an answer only the person sees, in the ack."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.intake import Intake
from bot.slack.fields import ID, TRIGGER, field
from core import reindexing
from core.health import health
from core.messages import Address, Asker, Forget, Reindex
from core.texts import say

log = structlog.get_logger()

PATIENCE = 0.8  # seconds for Redis; Slack shows an error of its own after 3
LONGEST = 200  # characters of a command's text
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII | re.IGNORECASE)
_REBUILD = re.compile(r"(?:--|—|–)rebuild")  # keyboards make one dash of two


@dataclass(frozen=True, slots=True)
class Said:
    """A slash command as it came: who, where, and its words (None = not of the grammar)."""

    team: str
    channel: str
    user: str
    trigger: str
    words: tuple[str, ...] | None
    rebuild: bool

    @property
    def person(self) -> str:
        """As `admins` names people."""
        return f"slack:{self.team}:{self.user}"

    def request(self) -> dict[str, Any]:
        """What every job made from it has. Each use of a command has one trigger: delivered twice, it is one job."""
        address = Address(platform="slack", tenant=self.team, channel=self.channel)
        asker = Asker(id=self.user, direct=self.channel.startswith("D"))
        return {"address": address, "message": self.trigger, "at": time.time(), "asker": asker}


class Commands:
    """`/reindex` and `/daedap`; each gives the text to show."""

    def __init__(self, intake: Intake, redis: Redis) -> None:
        self._intake, self._redis, self._settings = intake, redis, intake.settings
        self._language = self._settings.language  # a command has no words of a person's own

    async def reindex(self, command: Mapping[str, Any]) -> str:
        """`/reindex [start|status|cancel] [source] [--rebuild]`, for administrators."""
        said = _said(command)
        if refusal := self._refusal(said):
            log.warning("command.refused", command="reindex", user=said.person)
            return refusal
        verb, source = self._verb(said)
        if verb is None or (said.rebuild and verb != "start"):
            return self._say("reindex_usage")
        if source and source not in self._settings.sources:
            return self._say("reindex_bad_source", source=source, sources=", ".join(sorted(self._settings.sources)))
        log.info("command.accepted", command="reindex", verb=verb, source=source, user=said.person)
        deeds: dict[str, Callable[[Said, str], Awaitable[str]]] = {
            "start": self._start,
            "status": self._status,
            "cancel": self._cancel,
        }
        return await self._promptly(deeds[verb](said, source))

    async def daedap(self, command: Mapping[str, Any]) -> str:
        """`/daedap help|forget|status`, for everybody."""
        said = _said(command)
        match said.words if not said.rebuild else None:
            case () | ("help",):
                return self._say("help")
            case ("status",):
                return await self._promptly(self._health())
            case ("forget",):
                return await self._promptly(self._forget(said))
            case _:
                return self._say("command_unknown", command=" ".join(said.words or ("…",)), root="/daedap")

    def _refusal(self, said: Said) -> str:
        if said.person in self._settings.admins:
            return ""
        here = [admin.rpartition(":")[2] for admin in self._settings.admins if admin.startswith(f"slack:{said.team}:")]
        if not here:
            return self._say("command_no_admins", user=said.person)
        return self._say("command_not_allowed", admins=", ".join(f"<@{user}>" for user in here))

    def _verb(self, said: Said) -> tuple[str | None, str]:
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

    async def _start(self, said: Said, source: str) -> str:
        now = await reindexing.status(self._redis)
        if now.running:
            return self._running(now)
        await self._intake.admit(
            Reindex(**said.request(), language=self._language, source=source, rebuild=said.rebuild)
        )
        return ""

    async def _status(self, _said: Said, _source: str) -> str:
        now = await reindexing.status(self._redis)
        if now.running:
            return self._running(now)
        return self._say("reindex_idle", last=now.last) if now.last else self._say("reindex_never")

    async def _cancel(self, _said: Said, _source: str) -> str:
        if await reindexing.cancel(self._redis):
            return self._say("reindex_cancelling")
        return await self._status(_said, _source)

    async def _health(self) -> str:
        now = await health(self._redis)
        if not now.answering and not now.workers:
            return self._say("status_no_workers", waiting=now.waiting)
        return self._say("status", waiting=now.waiting, workers=sum(now.workers.values()), oldest=round(now.oldest))

    async def _forget(self, said: Said) -> str:
        await self._intake.admit(Forget(**said.request(), language=self._language, whole_channel=True))
        return ""

    async def _promptly(self, work: Awaitable[str]) -> str:
        try:
            async with asyncio.timeout(PATIENCE):
                return await work
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("command.redis_down", reason=type(error).__name__)
            return self._say("starting")

    def _running(self, now: reindexing.Status) -> str:
        by = f"<@{now.by}>" if ID.fullmatch(now.by) else now.by
        return self._say("reindex_running", by=by, done=now.done, total=now.total)

    def _say(self, key: str, **values: object) -> str:
        return say(key, self._language, **values)


def _said(command: Mapping[str, Any]) -> Said:
    team, channel, user = (field(command, name, ID) for name in ("team_id", "channel_id", "user_id"))
    text = str(command.get("text") or "")
    words = text.split() if len(text) <= LONGEST else ["…"]
    plain = tuple(word for word in words if not _REBUILD.fullmatch(word))
    known = all(_WORD.fullmatch(word) for word in plain) and len(words) - len(plain) <= 1
    return Said(
        team, channel, user, field(command, "trigger_id", TRIGGER), plain if known else None, len(plain) < len(words)
    )
