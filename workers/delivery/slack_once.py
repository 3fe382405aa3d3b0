"""One message, once: the intent is noted before posting; a successor looks for what was posted unknown to it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import structlog

from core.errors import DaedapError, LeaseLost
from platforms.slack.client import PATIENCE, TIMEOUT, Limited, Refused, SlackClient, Uncertain
from workers.delivery.slack_blocks import Rendered
from workers.delivery.slot import Slot as Slot

log = structlog.get_logger()

T = TypeVar("T")

EVENT = "daedap_job"  # type of the metadata that every message of ours carries
SKEW = 600.0  # seconds by which Slack's clock and Redis' may differ
PAGES = 20  # of 100 messages, at most, when looking for our own
LATE = (5.0, 25.0)  # seconds until we look once more, and then again
QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False, "parse": "none", "link_names": False}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands: `thread` "" = the conversation itself."""

    channel: str
    thread: str


class Poster:
    """Puts messages up. Raises what SlackClient.call raises, and LeaseLost."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client
        self._beside: set[asyncio.Task[Any]] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def ensure(self, slot: Slot, place: Place, message: Rendered) -> tuple[str, bool]:
        """The message's ts, and whether `message` is what stands there (False: an earlier attempt's text does)."""
        if standing := await slot.claim.field(slot.placeholder):
            return standing, False
        if intent := await slot.claim.field(slot.intent):
            found = await self._left_behind(slot, place, float(intent))
            if found:
                return await slot.claim.settled(slot.placeholder, found), False
            self._spawn(self._tidied(slot, place, since=float(intent) - SKEW))
        # Cancelled while its request is on the way, a post must still end by being kept or withdrawn.
        return await asyncio.shield(self._spawn(self._post(slot, place, message))), True

    async def update(self, place: Place, ts: str, message: Rendered) -> None:
        """Put `message` in the place of what stands at `ts`."""
        body: dict[str, Any] = {"channel": place.channel, "ts": ts, "text": message.text, "blocks": message.blocks}
        await self._client.call("chat.update", **body, **QUIET)

    async def take_back(self, slot: Slot, place: Place) -> None:
        """Delete what stands in a slot, or may stand there unknown to the record; gone already is as good."""
        ts = await slot.claim.field(slot.placeholder)
        if not ts and (intent := await slot.claim.field(slot.intent)):
            ts = await self._left_behind(slot, place, float(intent))
        try:
            if ts:
                await self._client.call("chat.delete", channel=place.channel, ts=ts)
        except Refused as no:
            if no.code != "message_not_found":
                raise

    async def remove(self, place: Place, ts: str) -> None:
        """Delete a message of ours, if it can be."""
        try:
            await self._client.call("chat.delete", channel=place.channel, ts=ts)
        except DaedapError as error:
            log.warning("slack.not_deleted", reason=str(error))

    def _spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._beside.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.info("slack.not_posted", reason=type(error).__name__)

    async def _post(self, slot: Slot, place: Place, message: Rendered) -> str:
        """In turn: Slack takes about one post a second and channel, and what it puts off must not be overtaken."""
        async with self._turns.setdefault(place.channel, asyncio.Lock()):
            ts = await self._put_up(slot, place, message)
        return await self._kept(slot, place, ts)  # may wait for a successor's message, which waits for its turn

    async def _put_up(self, slot: Slot, place: Place, message: Rendered) -> str:
        patience = PATIENCE
        while True:
            await slot.claim.renew()  # LeaseLost here, before anything can be seen
            await slot.claim.put(**{slot.intent: str(await slot.claim.now())})
            try:
                return await self._posted(slot, place, message)
            except Limited as limit:
                patience -= limit.after
                if patience < 0:
                    raise
                await asyncio.sleep(limit.after)

    async def _posted(self, slot: Slot, place: Place, message: Rendered) -> str:
        where: dict[str, Any] = {"channel": place.channel, "thread_ts": place.thread or None}
        what: dict[str, Any] = {"text": message.text, "blocks": message.blocks or None, "metadata": _metadata(slot)}
        try:
            return str((await self._client.call("chat.postMessage", patience=0, **where, **what, **QUIET))["ts"])
        except Uncertain:
            raise  # it may stand there: the intent stays, and the next attempt looks
        except DaedapError:
            await slot.claim.clear(slot.intent)  # it was not posted
            raise

    async def _left_behind(self, slot: Slot, place: Place, intent: float) -> str | None:
        """What an earlier attempt posted: the oldest is kept, others are deleted."""
        wait = intent + TIMEOUT + 0.2 - await slot.claim.now()
        await asyncio.sleep(max(0.0, wait))  # until then that attempt's request may still be on its way
        found = sorted(await self._mine(slot, place, since=intent - SKEW))
        for other in found[1:]:
            await self.remove(place, other)
        log.info("slack.looked", job=slot.claim.job, found=len(found))
        return found[0] if found else None

    async def _tidied(self, slot: Slot, place: Place, *, since: float) -> None:
        """Slack may carry out what we gave up after we looked for it: then ours, which was posted instead, is the one that stays."""
        for pause in LATE:
            await asyncio.sleep(pause)
            standing = await slot.claim.field(slot.placeholder)
            for ts in await self._mine(slot, place, since=since) if standing else ():
                if ts != standing:
                    await self.remove(place, ts)

    async def _kept(self, slot: Slot, place: Place, ts: str) -> str:
        """Remember the message. If we lost the lease while posting, our successor's message is the one that stays."""
        try:
            stands = await slot.claim.settled(slot.placeholder, ts)
        except LeaseLost:
            await self._withdraw(slot, place, ts)
            raise
        if stands != ts:
            await self.remove(place, ts)
        return stands

    async def _withdraw(self, slot: Slot, place: Place, ts: str) -> None:
        for _ in range(int(TIMEOUT * 4)):
            if await slot.claim.field("withdrawn"):  # nobody posts after us
                await self.remove(place, ts)
                return
            if standing := await slot.claim.field(slot.placeholder):
                if standing != ts:  # else the successor has found and adopted ours
                    await self.remove(place, ts)
                return
            await asyncio.sleep(0.5)

    async def _mine(self, slot: Slot, place: Place, *, since: float) -> list[str]:
        me = await self._client.identity()
        return [
            str(message["ts"])
            async for message in self._messages(place, since)
            if message.get("metadata") == _metadata(slot) and message.get("user") == me.user
        ]

    async def _messages(self, place: Place, since: float) -> AsyncIterator[dict[str, Any]]:
        method = "conversations.replies" if place.thread else "conversations.history"
        where: dict[str, Any] = {"channel": place.channel, "ts": place.thread or None, "oldest": f"{since:.6f}"}
        cursor: str | None = None
        for _ in range(PAGES):
            try:
                page = await self._client.call(method, **where, limit=100, include_all_metadata=True, cursor=cursor)
            except Refused as no:
                if no.code != "thread_not_found":  # nobody has answered there yet
                    raise
                return
            for message in page["messages"]:
                yield message
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return


def _metadata(slot: Slot) -> dict[str, Any]:
    """By which a message of ours is known again in the thread."""
    return {"event_type": EVENT, "event_payload": {"job": slot.claim.job, "part": slot.name}}
