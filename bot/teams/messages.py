"""Which messages are meant for Daedap, and whether they are questions."""

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.intake import Intake
from bot.teams.activity import Activity
from bot.teams.brief import Brief
from bot.teams.heard import Heard
from bot.teams.spoken import command
from bot.teams.turn import Turns
from core import keys
from core.messages import Question, Withdraw

log = structlog.get_logger()


class Messages:
    """Raises redis' errors and TimeoutError for what was not admitted, Malformed for what no message is."""

    def __init__(self, intake: Intake, redis: Redis, *, turns: Turns, brief: Brief) -> None:
        self._intake, self._redis, self._turns, self._brief = intake, redis, turns, brief

    async def hear(self, activity: Activity, tenant: str) -> None:
        """Answer what is meant for us; where Redis is away, say so to who spoke to us."""
        heard = Heard(activity, tenant)
        if heard.ours_to_ignore:
            return
        try:
            await self._meant(heard)
        except (RedisError, OSError, TimeoutError) as error:
            if not heard.called or not await self._brief.sorry(heard):
                raise
            log.warning("teams.turned_away", message=heard.message, reason=type(error).__name__)

    async def gone(self, activity: Activity, tenant: str) -> None:
        """A person deleted a message: what it asked is taken back. Most never asked anything."""
        heard = Heard(activity, tenant)
        if heard.ours_to_ignore:
            return
        known = await self._redis.exists(keys.job(tenant, f"{heard.address.room}:{heard.message}"))
        if known:
            request = heard.request(self._intake.settings.language)
            wish = request | {"message": f"withdraw-{heard.message}"}  # one job, however often Teams tells
            await self._intake.admit(Withdraw(**wish, takes_back=heard.message))

    async def _meant(self, heard: Heard) -> None:
        text = self._intake.clean(heard.text)
        if heard.called:
            spoken = command(text, self._intake.settings.sources)
            await (self._brief.obey(heard, spoken) if spoken or not text else self._ask(heard, text))
        elif text and await self._follows(heard):
            await self._ask(heard, text)

    async def _ask(self, heard: Heard, text: str) -> None:
        question = Question(**heard.request(self._intake.language(text)), text=text)
        await self._turns.ask(question, heard.activity.reference())

    async def _follows(self, heard: Heard) -> bool:
        """Whether it goes on in a thread that Daedap answered in; delivered only where the app may read all messages."""
        if not self._intake.settings.teams.follow_threads or not heard.follows:
            return False
        return bool(await self._redis.exists(keys.engaged(heard.address.conversation)))
