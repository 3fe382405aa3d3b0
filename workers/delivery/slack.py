"""Delivery to Slack: a placeholder at once, the answer in its place, and a way for every refusal."""

import asyncio
import time
from typing import Any

import structlog
from redis.asyncio import Redis

from core.errors import DaedapError, LeaseLost
from core.ledger import Claim
from core.messages import Answer, Forget, Question, Reindex
from core.settings import Settings
from platforms.slack.client import Refused, SlackClient
from workers.delivery.slack_blocks import Rendered, opening, plain, render, words
from workers.delivery.slack_bounds import CLOSED, UNEDITABLE, UNSHOWABLE, Bounds
from workers.delivery.slack_once import Place, Poster, Slot

log = structlog.get_logger()

STEP = 3.0  # seconds between two texts of progress


class SlackDelivery:
    """Slack's outgoing half. Steps and drafts are not shown: each would be a chat.update out of 50 a minute."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self._client = SlackClient(settings.slack)
        self._poster = Poster(self._client)
        self._bounds = Bounds(redis)
        self._shown: dict[str, float] = {}  # job -> when its progress may be shown again

    async def begin(self, claim: Claim) -> None:
        """The placeholder; in a rush only a reaction, and the answer is the first message."""
        if isinstance(claim.work, Forget) or claim.record.get("placeholder"):
            return
        if isinstance(claim.work, Question) and "intent" not in claim.record and await self._bounds.rush(claim):
            await self._seen(claim)
            return
        await self._showing(claim, self._ensure(claim, "", opening(claim.work)))

    async def step(self, claim: Claim, step: str, count: int = 0) -> None:
        """Nothing."""

    async def draft(self, claim: Claim, text: str) -> None:
        """Nothing."""

    async def progress(self, claim: Claim, text: str) -> None:
        """At most one text in three seconds."""
        now = time.monotonic()
        if now < self._shown.get(claim.job, 0.0):
            return
        self._shown = {job: until for job, until in self._shown.items() if until > now} | {claim.job: now + STEP}
        try:
            await self._put(claim, _body(claim.work), words(text))
        except LeaseLost:
            raise
        except DaedapError as error:
            log.info("delivery.dropped", job=claim.job, type="progress", reason=str(error))

    async def finish(self, claim: Claim, answer: Answer) -> None:
        """The answer; without blocks if Slack does not take them. Raises Transient, Undeliverable, LeaseLost."""
        if isinstance(claim.work, Forget) and claim.work.whole_channel:
            await self._showing(claim, self._whisper(claim, answer))
            return
        feedback = isinstance(claim.work, Question) and answer.rateable
        try:
            await self._all(claim, await asyncio.to_thread(render, answer, job=claim.job, feedback=feedback))
        except Refused as no:
            if no.code not in UNSHOWABLE:
                raise await self._bounds.terminal(claim, no) from no
            log.warning("slack.without_blocks", job=claim.job, reason=no.code)
            await self._showing(claim, self._all(claim, await asyncio.to_thread(plain, answer)))
        await self._bounds.trouble.well()

    async def take_back(self, claim: Claim) -> None:
        """Delete every message of the job, also one that was posted and never noted. Raises Transient."""
        fields = [name for name in claim.record if name.startswith(("placeholder", "intent"))]
        for name in sorted({field.partition("_")[2] for field in fields}):
            await self._showing(claim, self._poster.take_back(Slot(claim, name), await self._place(claim, name)))

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.close()

    async def _all(self, claim: Claim, messages: list[Rendered]) -> None:
        for number, message in enumerate(messages):
            await self._put(claim, f"part{number}" if number else _body(claim.work), message)

    async def _put(self, claim: Claim, name: str, message: Rendered) -> None:
        """Make `message` what stands in the slot."""
        place, ts, fresh = await self._ensure(claim, name, message)
        if fresh:
            return
        try:
            await self._poster.update(place, ts, message)
        except Refused as no:
            if no.code.startswith(CLOSED):
                await self._move(claim, name, no)
                await self._put(claim, name, message)
            elif no.code in UNEDITABLE:  # workspaces may forbid edits after a while
                await self._replace(claim, name, ts=ts, message=message)
            else:
                raise

    async def _ensure(self, claim: Claim, name: str, message: Rendered) -> tuple[Place, str, bool]:
        place = await self._place(claim, name)
        try:
            return place, *(await self._poster.ensure(Slot(claim, name), place, message))
        except Refused as no:
            if not no.code.startswith(CLOSED):
                raise
            await self._move(claim, name, no)
        place = await self._place(claim, name)
        return place, *(await self._poster.ensure(Slot(claim, name), place, message))

    async def _replace(self, claim: Claim, name: str, *, ts: str, message: Rendered) -> None:
        place, newer, _ = await self._ensure(claim, f"{name}_after_{ts}", message)
        await claim.put(**{Slot(claim, name).placeholder: newer})
        await self._poster.remove(place, ts)

    async def _move(self, claim: Claim, name: str, no: Refused) -> None:
        """From now on to the asker directly: the channel is closed to us."""
        if await claim.field("channel") or claim.work.asker.direct:
            raise no
        opened = await self._client.call("conversations.open", users=claim.work.asker.id)
        log.warning("slack.moved_to_direct", job=claim.job, reason=no.code)
        slots = Slot(claim, ""), Slot(claim, name)  # what stands in the channel is out of our reach
        await claim.clear(*(field for slot in slots for field in (slot.placeholder, slot.intent)))
        await claim.put(channel=str(opened["channel"]["id"]))

    async def _place(self, claim: Claim, name: str) -> Place:
        """The asker's direct conversation where the channel is closed to us; a reindex reports beneath its start."""
        address = claim.work.address
        moved = await claim.field("channel")
        thread = "" if moved else address.thread
        if isinstance(claim.work, Reindex) and name:
            thread = await claim.field("placeholder") or thread
        return Place(moved or address.channel, thread)

    async def _seen(self, claim: Claim) -> None:
        where = {"channel": claim.work.address.channel, "timestamp": claim.work.message}
        try:
            await self._client.call("reactions.add", patience=0, name="eyes", **where)
        except DaedapError as error:
            log.info("delivery.dropped", job=claim.job, type="reaction", reason=str(error))

    async def _whisper(self, claim: Claim, answer: Answer) -> None:
        text, work = words(answer.text).text, claim.work
        await self._client.call("chat.postEphemeral", channel=work.address.channel, user=work.asker.id, text=text)

    async def _showing(self, claim: Claim, work: Any) -> None:
        try:
            await work
        except Refused as no:
            raise await self._bounds.terminal(claim, no) from no


def _body(work: Any) -> str:
    """The slot that the answer goes to."""
    return "report" if isinstance(work, Reindex) else ""
