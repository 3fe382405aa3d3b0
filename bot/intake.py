"""The one door: work is cleaned, admitted once into the ledger, and a worker is woken without anybody waiting for that."""

from dataclasses import dataclass
from typing import Literal

import structlog

from bot.wakeup import Wakeup
from core.ledger import Ledger
from core.messages import Work
from core.said import clean, reply_language
from core.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Intake:
    """What adapters call. Raises redis' errors when Redis does not answer: the adapter turns them into a 503, the platform retries."""

    settings: Settings
    ledger: Ledger
    wakeup: Wakeup

    async def admit(self, work: Work) -> bool:
        """Admit before acknowledging; False for what was admitted before (a retry, a twin, a replay)."""
        new = await self.ledger.admit(work)
        if new:
            self.wakeup.send(work.kind, work.job)
        log.info("intake.admitted" if new else "intake.repeated", job=work.job, kind=work.kind)
        return new

    def clean(self, text: str) -> str:
        """The words of a message, bounded by the question limit plus one."""
        return clean(text, limit=self.settings.question_limit)

    def language(self, text: str) -> Literal["ko", "en"]:
        """In which language to reply to this text."""
        return reply_language(text, self.settings.language)
