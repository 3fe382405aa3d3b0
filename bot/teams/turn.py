"""A question's turn: admitted, then a placeholder whose id the job keeps, for nobody can look in Teams for what was posted."""

import asyncio
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

ADMISSION = 3.0  # seconds until a 503; Teams waits ten or more, and is not known to send again what was refused
HOLD = 12.0  # seconds that workers leave a job to the bot: token and placeholder take 9 at most, a turn of Teams 15
NOTING = 1.0  # seconds of a turn for what follows the placeholder; the rest goes on behind it
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # seconds between tries to note a placeholder

Reference = dict[str, Any]


class Turns:
    """Takes questions in. Every way it can end leaves a job that a worker answers, with the placeholder or without."""

    def __init__(self, intake: Intake, connector: Connector) -> None:
        self._intake, self._connector = intake, connector
        self._noting: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question, reference: Reference) -> None:
        """Admit and show that it was heard; raises redis' errors and TimeoutError when it was not admitted."""
        fields = {"reference": compact(reference)}
        async with asyncio.timeout(ADMISSION):
            try:
                new = await self._intake.admit(question, fields=fields, hold=HOLD)
            except TooMany as no:
                await self._intake.tell(question, no, fields=fields)
                return
        if new:
            placeholder = await self._opened(question, reference)
            await self._behind(self._noted(question, reference, placeholder))

    async def close(self) -> None:
        """Note what is still to be noted, for a second."""
        if self._noting:
            await asyncio.wait(self._noting, timeout=NOTING)
        for task in self._noting:
            task.cancel()
        await asyncio.gather(*self._noting, return_exceptions=True)

    async def _opened(self, question: Question, reference: Reference) -> str:
        """The placeholder's id, "" when there is none that we know of; it is never sent again."""
        shown = {"type": "message", "textFormat": "markdown", "text": say("thinking", question.language)}
        try:
            return await self._connector.send(reference, shown)
        except (Refused, Transient) as error:
            log.warning("teams.no_placeholder", job=question.job, kind=type(error).__name__, reason=str(error))
            return ""

    async def _behind(self, noting: Any) -> None:
        task = asyncio.create_task(noting)
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)
        await asyncio.wait({task}, timeout=NOTING)

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
