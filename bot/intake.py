"""The one door: work is cleaned, admitted once into the ledger within its limits, and a worker is woken without anybody waiting."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import structlog

from bot.wakeup import Wakeup
from core import keys
from core.errors import TooMany
from core.ledger import GRACE, Ledger, Limit
from core.messages import Question, Work
from core.said import clean, reply_language
from core.settings import Settings

log = structlog.get_logger()

TOLD = 60  # seconds in which somebody who asks too fast is not told so again


@dataclass(frozen=True, slots=True)
class Intake:
    """What adapters call. Raises redis' errors when Redis does not answer: the adapter turns them into a 503, the platform retries."""

    settings: Settings
    ledger: Ledger
    wakeup: Wakeup

    async def hear(self, work: Work, *, fields: Mapping[str, str] | None = None, hold: float | None = None) -> bool:
        """Admit before acknowledging. Who asks too fast is told so in the thread, once a minute.

        False for what was admitted before (a retry, a twin, a replay), and for what is not answered.
        """
        try:
            return await self.admit(work, fields=fields, hold=hold)
        except TooMany as no:
            return await self.tell(work, no, fields=fields)

    async def admit(self, work: Work, *, fields: Mapping[str, str] | None = None, hold: float | None = None) -> bool:
        """The same for who can be told at once: raises TooMany. With `hold` seconds given, `wake` is up to the caller."""
        limits = self._limits(work) if isinstance(work, Question) else ()
        new = await self.ledger.admit(work, fields=fields, hold=GRACE if hold is None else hold, limits=limits)
        if new and hold is None:
            self.wake(work)
        log.info("intake.admitted" if new else "intake.repeated", job=work.job, kind=work.kind)
        return new

    def wake(self, work: Work) -> None:
        """Tell a worker that there is work; neither waits nor raises."""
        self.wakeup.send(work.kind, work.job)

    def _limits(self, work: Question) -> tuple[Limit, ...]:
        tenant, limits = work.address.tenant, self.settings.limits
        wanted = [Limit(keys.limit(tenant, work.person), limits.person)]
        if not work.asker.direct:
            wanted.append(Limit(keys.limit(tenant, work.address.room), limits.channel))
        return tuple(limit for limit in wanted if limit.per_minute)

    async def tell(self, work: Work, no: TooMany, *, fields: Mapping[str, str] | None = None) -> bool:
        """Say that it was too fast. The sentence is a job like an answer, so that it comes once and through every fault."""
        log.warning("intake.limited", job=work.job, seconds=no.seconds)
        told = keys.told(work.address.tenant, work.person)
        before = await self.ledger.redis.set(told, work.job, nx=True, ex=TOLD, get=True)
        if before not in (None, work.job):  # our own, when an earlier delivery got no further
            return False
        limited = {**(fields or {}), "limited": str(math.ceil(no.seconds))}
        new = await self.ledger.admit(work, fields=limited)
        self.wake(work)
        return new

    def clean(self, text: str) -> str:
        """The words of a message, bounded by the question limit plus one."""
        return clean(text, limit=self.settings.question_limit)

    def language(self, text: str) -> Literal["ko", "en"]:
        """In which language to reply to this text."""
        return reply_language(text, self.settings.language)
