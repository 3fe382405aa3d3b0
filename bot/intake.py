"""The one door: work is cleaned, admitted once into the ledger, and a worker is woken without anybody waiting for that."""

import re
import unicodedata
from dataclasses import dataclass

import structlog

from bot.wakeup import Wakeup
from core.ledger import Ledger
from core.messages import Forget, Question, Reindex, View
from core.settings import Settings

log = structlog.get_logger()

_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])
_TAGS = dict.fromkeys(range(0xE0000, 0xE0080))  # invisible letters that only a model would read


@dataclass(frozen=True, slots=True)
class Intake:
    """What adapters call. Raises redis' errors when Redis does not answer: the adapter turns them into a 503, the platform retries."""

    settings: Settings
    ledger: Ledger
    wakeup: Wakeup

    async def admit(self, work: Question | Reindex | Forget | View) -> bool:
        """Admit before acknowledging; False for what was admitted before (a retry, a twin, a replay)."""
        new = await self.ledger.admit(work)
        if new:
            self.wakeup.send(work.kind, work.job)
        log.info("intake.admitted" if new else "intake.repeated", job=work.job, kind=work.kind)
        return new

    def clean(self, text: str) -> str:
        """The words of a message: NFC, without control, direction and tag characters, bounded by the question limit plus one."""
        text = unicodedata.normalize("NFC", text).translate(_BIDI).translate(_TAGS)
        text = "".join(c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs") else " " for c in text)
        return re.sub(r"[ \t]+", " ", text).strip()[: self.settings.question_limit + 1]

    def language(self, text: str) -> str:
        """In which language to reply to this text: Korean where there is Hangul, English where there are Latin letters."""
        if re.search(r"[가-힣ㄱ-ㅎㅏ-ㅣ]", text):
            return "ko"
        return "en" if re.search(r"[A-Za-z]", text) else self.settings.language
