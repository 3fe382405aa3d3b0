"""Delivery to Teams: the placeholder that the bot sent becomes the answer; a message that may stand there is never posted twice."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import structlog
from redis.asyncio import Redis

from core.errors import DaedapError, LeaseLost, Undeliverable
from core.ledger import Claim
from core.messages import Answer, Question, Reindex
from core.settings import Settings
from platforms.teams.connector import Connector, Refused
from workers.delivery.teams_messages import SIZES, Activity, bare, doubt, opening, render, words
from workers.delivery.teams_once import Poster, Reference, Slot, Unsure
from workers.delivery.teams_records import Records

log = structlog.get_logger()

STEP = 3.0  # seconds between two texts of progress
OPENING, UNSURE, LATE = "opening", "unsure", "late"  # slots beside the answer's own
TOO_BIG, UNCLEAR = 413, 400  # statuses


@dataclass(frozen=True, slots=True)
class Dress:
    """How an answer is sent: which of SIZES, and whether as words alone."""

    size: int = 0
    plain: bool = False

    def simpler(self, no: Refused) -> "Dress | None":
        """What to try after a refusal, if anything."""
        if no.status == TOO_BIG and self.size + 1 < len(SIZES):
            return replace(self, size=self.size + 1)
        return replace(self, plain=True) if no.status == UNCLEAR and not self.plain else None


class TeamsDelivery:
    """Teams' outgoing half. Steps and drafts are not shown: an edit notifies nobody, and a conversation takes few of them."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self._connector = Connector(settings.teams)
        self._poster = Poster(self._connector)
        self._records = Records(redis)
        self._shown: dict[str, float] = {}  # job -> when its progress may be shown again

    async def begin(self, claim: Claim) -> None:
        """Nothing for a question: the bot sent its placeholder, or could not. A reindex says that it began, and by whom."""
        if not isinstance(claim.work, Reindex) or await self._standing(claim):
            return
        reference = _reference(claim)
        who = str((reference.get("user") or {}).get("name") or "")
        try:
            await self._poster.create(Slot(claim, OPENING), reference, opening(claim.work, who))
        except Unsure:
            log.info("teams.opening_unsure", job=claim.job)
        except Refused as no:
            raise await self._records.terminal(claim, no) from no

    async def step(self, claim: Claim, step: str, count: int = 0) -> None:
        """Nothing."""

    async def draft(self, claim: Claim, text: str) -> None:
        """Nothing."""

    async def progress(self, claim: Claim, text: str) -> None:
        """At most one text in three seconds, in the message that stands."""
        now = time.monotonic()
        if now < self._shown.get(claim.job, 0.0) or not (standing := await self._standing(claim)):
            return
        self._shown = {job: until for job, until in self._shown.items() if until > now} | {claim.job: now + STEP}
        try:
            await self._poster.update(_reference(claim), standing, words(text), patience=0)
        except LeaseLost:
            raise
        except DaedapError as error:
            log.info("delivery.dropped", job=claim.job, type="progress", reason=str(error))

    async def finish(self, claim: Claim, answer: Answer) -> None:
        """The answer, in as few messages as hold it. Raises Transient, Undeliverable, LeaseLost."""
        reference = _reference(claim)
        try:
            await self._show(claim, reference, answer)
            await self._records.trouble.well()
        except Unsure:
            await self._say_so(claim, reference)
        except Refused as no:
            raise await self._records.terminal(claim, no) from no

    async def take_back(self, claim: Claim) -> None:
        """Delete every message of the job that the record knows. Raises Transient, Undeliverable."""
        reference = _reference(claim)
        standing = [value for name, value in claim.record.items() if name.startswith("placeholder")]
        refused = None
        for message in standing:
            try:
                await self._poster.remove(reference, message)
            except Refused as no:  # the others may go all the same
                refused = no
        if refused is not None:
            raise await self._records.terminal(claim, refused) from refused

    async def close(self) -> None:
        """Let the connections go."""
        await self._connector.close()

    async def _show(self, claim: Claim, reference: Reference, answer: Answer) -> None:
        """Smaller messages where Teams finds one too big; the words alone where it does not understand the rest."""
        dress = Dress()
        while True:
            messages = await asyncio.to_thread(render, answer, feedback=_judged(claim, answer), size=SIZES[dress.size])
            try:
                return await self._all(claim, reference, [bare(one) if dress.plain else one for one in messages])
            except Refused as no:
                if (simpler := dress.simpler(no)) is None:
                    raise
                log.warning(
                    "teams.simpler", job=claim.job, reason=no.code, bytes=SIZES[simpler.size], plainly=simpler.plain
                )
                dress = simpler

    async def _all(self, claim: Claim, reference: Reference, messages: list[Activity]) -> None:
        standing = await self._first(claim, reference, messages[0])
        for number, message in enumerate(messages[1:], 1):
            standing = await self._poster.put(Slot(claim, f"part{number}"), reference, message)
        if "channelData" in messages[-1]:
            await self._records.posted(claim, standing)

    async def _first(self, claim: Claim, reference: Reference, message: Activity) -> str:
        """In the placeholder's place, or, where that can no longer be edited after hours, in its stead."""
        standing = await self._standing(claim)
        if not standing:
            return await self._poster.put(Slot(claim, ""), reference, message)
        late = Slot(claim, LATE)
        if not await claim.field(late.intent) and await self._edited(claim, reference, standing, to=message):
            return standing
        name = await self._poster.put(late, reference, message)
        with suppress(DaedapError):  # a stale placeholder is no reason to lose the answer
            await self._poster.remove(reference, standing)
        return name

    async def _edited(self, claim: Claim, reference: Reference, standing: str, *, to: Activity) -> bool:
        """Whether what stands there could be edited. Raises Refused, unless it is only too late for that."""
        try:
            await self._poster.update(reference, standing, to)
        except Refused as no:
            if not await self._records.too_late(claim, no):
                raise
            log.warning("teams.too_late_to_edit", job=claim.job, reason=no.code)
            return False
        return True

    async def _say_so(self, claim: Claim, reference: Reference) -> None:
        """That an answer may stand above. Said again until it has surely arrived: two of these are better than silence."""
        slot = Slot(claim, UNSURE)
        log.warning("teams.unsure", job=claim.job)
        await claim.clear(slot.intent)
        try:
            await self._poster.put(slot, reference, doubt(claim.work.language, claim.reference))
        except Refused as no:
            raise await self._records.terminal(claim, no) from no

    async def _standing(self, claim: Claim) -> str | None:
        """The message that the answer goes into: the bot's placeholder, or what a reindex began with."""
        return await claim.field(Slot(claim, "").placeholder) or await claim.field(Slot(claim, OPENING).placeholder)


def _judged(claim: Claim, answer: Answer) -> bool:
    """Whether it is an answer to be labelled and judged, not an apology, a report or a refusal."""
    return isinstance(claim.work, Question) and answer.rateable


def _reference(claim: Claim) -> Reference:
    """Where to write to, as the bot noted it with the admission."""
    try:
        found: Any = json.loads(claim.record["reference"])
    except (KeyError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise Undeliverable(f"the answer of {claim.job} cannot be posted: its record has no conversation reference")
    return found
