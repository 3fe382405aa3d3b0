"""Slack's slash commands: their payload held to its grammar, their answer in the acknowledgement."""

from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis

from bot.commands import Commands, Said, split
from bot.intake import Intake
from bot.slack.fields import ID, TRIGGER, field
from core.messages import Address, Asker


class SlashCommands:
    """`/reindex` and `/daedap`; each gives the text that only the person sees."""

    def __init__(self, intake: Intake, redis: Redis) -> None:
        self._commands = Commands(intake, redis, name=_mention, root="/daedap")
        self._language = intake.settings.language  # a command has no words of a person's own

    async def reindex(self, command: Mapping[str, Any]) -> str:
        """`/reindex [start|status|cancel] [source] [--rebuild]`."""
        return await self._commands.reindex(_said(command), self._language)

    async def daedap(self, command: Mapping[str, Any]) -> str:
        """`/daedap help|forget|status`."""
        return await self._commands.daedap(_said(command), self._language)


def _said(command: Mapping[str, Any]) -> Said:
    """Slack does not tell slash commands in which thread they were typed."""
    team, channel, user = (field(command, name, ID) for name in ("team_id", "channel_id", "user_id"))
    words, rebuild = split(str(command.get("text") or ""))
    address = Address(platform="slack", tenant=team, channel=channel)
    asker = Asker(id=user, direct=channel.startswith("D"))
    return Said(address, asker, field(command, "trigger_id", TRIGGER), words, rebuild)


def _mention(user: str) -> str:
    return f"<@{user}>" if ID.fullmatch(user) else user
