"""What is answered within the turn, by the bot itself: commands said as sentences, empty mentions, arrivals."""

from collections.abc import Sequence
from typing import Any

import structlog
from redis.asyncio import Redis

from bot.commands import Commands, Said
from bot.intake import Intake
from bot.teams.activity import Activity, compact
from bot.teams.heard import Heard
from bot.teams.replies import Replies
from bot.teams.spoken import Spoken
from core.messages import Forget, ReplyLanguage
from core.texts import say

log = structlog.get_logger()


class Brief:
    """Each once, however often Teams tells of it. Raises redis' errors."""

    def __init__(self, intake: Intake, redis: Redis, replies: Replies) -> None:
        self._intake, self._replies = intake, replies
        self._commands = Commands(intake, redis, name=lambda user: f"`{user}`")

    async def obey(self, heard: Heard, spoken: Spoken | None) -> None:
        """A command; None = nothing was said at all."""
        if not await self._replies.first(heard.address.room, heard.message):
            log.info("teams.repeated", message=heard.message)
            return
        if text := await self._obeyed(heard, spoken, self._language(heard.activity)):
            await self._replies.say(heard.activity.reference(), text)

    async def sorry(self, heard: Heard) -> bool:
        """That nothing can be taken in now, for Teams need not send it again; whether it was said."""
        return await self._replies.say(heard.activity.reference(), say("starting", self._language(heard.activity)))

    async def greet(self, activity: Activity, tenant: str) -> None:
        """Say hello where we were added; Teams tells of that in two ways and in any number of copies."""
        room = f"teams:{tenant}:{activity.conversation.channel}"
        if _added(activity) and await self._replies.first(room, "greeting"):
            language = self._language(activity)
            await self._replies.say(
                activity.reference(), f"{say('greeting', language)}\n\n{say('teams_help', language)}"
            )

    async def _obeyed(self, heard: Heard, spoken: Spoken | None, language: ReplyLanguage) -> str:
        """What there is to say to it, "" when a job was admitted that answers by itself."""
        reference = compact(heard.activity.reference())
        match spoken:
            case Spoken("reindex"):
                return await self._commands.reindex(_said(heard, spoken), language, reference=reference)
            case Spoken("status"):
                return await self._commands.daedap(_said(heard, Spoken("", ("status",))), language)
            case Spoken("forget"):
                await self._intake.admit(Forget(**heard.request(language)), fields={"reference": reference})
                return ""
            case _:
                return say("teams_attachment" if spoken is None and heard.files else "teams_help", language)

    def _language(self, activity: Activity) -> ReplyLanguage:
        return activity.language or self._intake.settings.language


def _said(heard: Heard, spoken: Spoken) -> Said:
    return Said(heard.address, heard.asker, heard.message, spoken.words, spoken.rebuild, heard.activity.at)


def _added(activity: Activity) -> bool:
    """Whether it says that the app was added here."""
    if activity.type == "installationUpdate":
        return activity.action == "add"  # "add-upgrade" comes for every chat at once when a new version is uploaded
    members: Sequence[Any] = activity.members_added or ()
    return any(isinstance(one, dict) and one.get("id") == activity.recipient.id for one in members)
