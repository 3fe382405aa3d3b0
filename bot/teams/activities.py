"""What each activity of Teams leads to: a question, a command, a greeting, a verdict, or nothing."""

from redis.asyncio import Redis

from bot.intake import Intake
from bot.teams.actions import Actions
from bot.teams.activity import Activity
from bot.teams.brief import Brief
from bot.teams.messages import Messages
from bot.teams.replies import Replies
from bot.teams.turn import Turns
from platforms.teams.connector import Connector


class Activities:
    """Raises redis' errors and TimeoutError for what was not admitted, Malformed for what Teams does not send."""

    def __init__(self, intake: Intake, redis: Redis, connector: Connector) -> None:
        self._turns = Turns(intake, connector)
        self._brief = Brief(intake, redis, Replies(redis, connector))
        self._messages = Messages(intake, redis, turns=self._turns, brief=self._brief)
        self._actions = Actions(redis)

    async def hear(self, activity: Activity, tenant: str) -> int:
        """The status to answer with. Edits, reactions, typing and what Teams thinks of next lead to nothing."""
        match activity.type:
            case "message":
                await self._messages.hear(activity, tenant)
            case "messageDelete":
                await self._messages.gone(activity, tenant)
            case "conversationUpdate" | "installationUpdate":
                await self._brief.greet(activity, tenant)
            case "invoke":  # one that is not answered with 200 shows the person that it did nothing
                return 200 if await self._actions.feedback(activity, tenant) else 501
        return 200

    async def close(self) -> None:
        """Finish what was begun."""
        await self._turns.close()
