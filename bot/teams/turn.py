"""A question's turn: admitted, then a placeholder whose id the job keeps, for nobody can look in Teams for what was posted."""

import asyncio
import secrets
from contextlib import suppress
from typing import Any

import structlog
from redis.exceptions import RedisError

from bot.intake import Intake
from bot.teams.activity import compact
from core.errors import LeaseLost, TooMany, Transient
from core.ledger import GRACE
from core.messages import Question
from core.texts import say
from platforms.teams.connector import Connector, Refused

log = structlog.get_logger()

ADMISSION = 4.0  # seconds for a Redis that is away for a moment: Teams is not known to send again what was refused
AGAIN = 0.2  # seconds between tries to admit
HOLD = 12.0  # seconds that workers leave a job to the bot: with a token at hand, a placeholder takes 8 at most
TURN = 5.0  # seconds of a turn (and of a stop) for the placeholder; what takes longer goes on behind it
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # seconds between tries to note a placeholder

Reference = dict[str, Any]


class Turns:
    """Takes questions in. Every way it can end leaves a job that a worker answers, with the placeholder or without."""

    def __init__(self, intake: Intake, connector: Connector) -> None:
        self._intake, self._connector = intake, connector
        self._showing: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question, reference: Reference) -> None:
        """Admit and show that it was heard; raises redis' errors and TimeoutError when it was not admitted."""
        fields = {"reference": compact(reference)}
        try:
            new = await self._admitted(question, fields)
        except TooMany as no:
            await self._intake.tell(question, no, fields=fields)
            return
        if new:
            # A task of its own: what Teams posts while the bot stops, or later than a turn lasts, must still be noted.
            task = asyncio.create_task(self._shown(question, reference))
            self._showing.add(task)
            task.add_done_callback(self._showing.discard)
            await asyncio.wait({task}, timeout=TURN)

    async def _admitted(self, question: Question, fields: dict[str, str]) -> bool:
        """Whether it is new, through a Redis that is away for a moment."""
        marked = fields | {"turn": secrets.token_hex(8)}
        async with asyncio.timeout(ADMISSION):
            while True:
                if (new := await self._tried(question, marked)) is not None:
                    return new
                await asyncio.sleep(AGAIN)

    async def _tried(self, question: Question, marked: dict[str, str]) -> bool | None:
        """None where Redis does not answer. What an earlier try admitted, its reply being lost, bears this turn's mark."""
        try:
            if await self._intake.admit(question, fields=marked, hold=HOLD):
                return True
            return (await self._intake.ledger.state(question.job)).get("turn") == marked["turn"]
        except (RedisError, OSError) as error:
            log.warning("teams.not_admitted", job=question.job, reason=type(error).__name__)
            return None

    async def close(self) -> None:
        """Show and note what is still to be, for as long as a turn may take."""
        if self._showing:
            await asyncio.wait(self._showing, timeout=TURN)
        for task in self._showing:
            task.cancel()
        await asyncio.gather(*self._showing, return_exceptions=True)

    async def _shown(self, question: Question, reference: Reference) -> None:
        await self._noted(question, reference, await self._opened(question, reference))

    async def _opened(self, question: Question, reference: Reference) -> str:
        """The placeholder's id, "" when there is none that we know of; it is never sent again."""
        shown = {"type": "message", "textFormat": "markdown", "text": say("thinking", question.language)}
        try:
            return await self._connector.send(reference, shown)
        except (Refused, Transient) as error:
            log.warning("teams.no_placeholder", job=question.job, kind=type(error).__name__, reason=str(error))
            return ""

    async def _noted(self, question: Question, reference: Reference, placeholder: str) -> None:
        """Give the job to the workers, with the placeholder, through a Redis that is away for half a minute."""
        for pause in (*PAUSES, None):
            try:
                await self._handed_over(question, reference, placeholder)
                break
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("teams.not_noted", job=question.job, reason=type(error).__name__, again=pause)
            if pause is not None:
                await asyncio.sleep(pause)
        self._intake.wake(question)

    async def _handed_over(self, question: Question, reference: Reference, placeholder: str) -> None:
        claim = self._intake.ledger.unclaimed(question.job)
        try:
            if placeholder:
                await claim.put(placeholder=placeholder)
            await claim.release(after=GRACE)
        except LeaseLost:  # a worker was faster
            record = await self._intake.ledger.state(question.job)
            if placeholder and record.get("placeholder") != placeholder:  # else only the reply to `put` was lost
                log.warning("teams.overtaken", job=question.job)
                await self._taken_back(question, reference, placeholder)

    async def _taken_back(self, question: Question, reference: Reference, placeholder: str) -> None:
        """The worker answers in a message of its own, so that this one must go; when it is gone already, so be it."""
        for pause in (0.5, 2.0, None):
            try:
                with suppress(Refused):
                    await self._connector.delete(reference, placeholder)
                break
            except Transient as error:
                log.warning("teams.placeholder_left", job=question.job, reason=str(error), again=pause)
                if pause is not None:
                    await asyncio.sleep(max(pause, error.after))
