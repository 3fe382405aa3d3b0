"""One message in Teams, once: where nobody can look for what was posted, what may stand there is never posted again."""

import asyncio
import random
from typing import Any

import structlog

from core.errors import DaedapError, LeaseLost
from platforms.teams.connector import TIMEOUT, Connector, Limited, Refused, Uncertain, Unreached
from workers.delivery.slot import Slot as Slot

log = structlog.get_logger()

PATIENCE = 30.0  # seconds that a call waits out rate limits and failures; more is told to the worker
PAUSES = (
    0.5,
    1.0,
    2.0,
    4.0,
)  # seconds between the tries of an update: 412, 502 and 504 want them (Microsoft: "Rate limit")

GONE = "ActivityNotFoundInConversation"

Reference = dict[str, Any]
Activity = dict[str, Any]


class Unsure(DaedapError):
    """An attempt ended while posting: the message may stand there, and Teams has no way to look for it."""


class Poster:
    """Puts messages up. Raises what the Connector raises, Unsure and LeaseLost."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._posting: set[asyncio.Task[str]] = set()

    async def put(self, slot: Slot, reference: Reference, activity: Activity) -> str:
        """Make `activity` what stands in the slot; the message's id."""
        if not (standing := await slot.claim.field(slot.placeholder)):
            return await self.create(slot, reference, activity)
        await self.update(reference, standing, activity)
        return standing

    async def create(self, slot: Slot, reference: Reference, activity: Activity) -> str:
        """Post it, unless an earlier attempt may have; the message's id."""
        if posting := await slot.claim.field(slot.intent):
            # until then that attempt's request may still be on its way
            await asyncio.sleep(max(0.0, float(posting) + TIMEOUT + 0.2 - await slot.claim.now()))
            raise Unsure(f"{slot.claim.job} may have been posted by an attempt that did not live to note it")
        # Cancelled while its request is on the way, a post must still end by being noted.
        task = asyncio.create_task(self._post(slot, reference, activity))
        self._posting.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    async def update(
        self, reference: Reference, standing: str, activity: Activity, *, patience: float = PATIENCE
    ) -> None:
        """Put `activity` in the place of what stands; the same twice is no harm, so failures are tried again."""
        for pause in (*PAUSES, None):
            try:
                return await self._connector.update(reference, standing, activity)
            except Limited as limit:
                wait: float | None = limit.after
                error: DaedapError = limit
            except (Uncertain, Unreached) as trouble:
                wait, error = pause, trouble
            patience -= wait or 0.0
            if wait is None or patience < 0:
                raise error
            await asyncio.sleep(wait * random.uniform(1, 1.2))  # noqa: S311 - jitter, not a secret
        raise error

    async def remove(self, reference: Reference, standing: str) -> None:
        """Delete a message of ours; gone already is as good."""
        try:
            await self._connector.delete(reference, standing)
        except Refused as no:
            if no.code != GONE:
                raise

    def _ended(self, task: "asyncio.Task[str]") -> None:
        self._posting.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.info("teams.not_posted", reason=type(error).__name__)

    async def _post(self, slot: Slot, reference: Reference, activity: Activity) -> str:
        patience = PATIENCE
        while True:
            await slot.claim.renew()  # LeaseLost here, before anything can be seen
            await slot.claim.put(**{slot.intent: str(await slot.claim.now())})
            try:
                return await self._kept(slot, reference, await self._connector.send(reference, activity))
            except Limited as limit:
                await slot.claim.clear(slot.intent)
                patience -= limit.after
                if patience < 0:
                    raise
                await asyncio.sleep(limit.after)
            except (Refused, Unreached):
                await slot.claim.clear(slot.intent)  # it was not posted
                raise

    async def _kept(self, slot: Slot, reference: Reference, standing: str) -> str:
        """Remember the message. Whoever took over meanwhile posts no other, so that ours stays, unless nobody wants it."""
        try:
            return await slot.claim.settled(slot.placeholder, standing)
        except LeaseLost:
            log.warning("teams.not_noted", job=slot.claim.job)
            if await slot.claim.field("withdrawn"):
                await self.remove(reference, standing)
            raise
