"""Which messages are meant for Daedap, and what they ask."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from bot.commands import FORGET
from bot.intake import Intake
from bot.slack.fields import ID, TS, field
from bot.slack.words import mentions, words
from core import keys
from core.ledger import KEPT
from core.messages import Address, Asker, Forget, Question, Withdraw
from platforms.slack.client import Identity, SlackClient

SPOKEN = (
    None,
    "file_share",
    "thread_broadcast",
)  # subtypes that a person's own words come under; every other one is hidden


@dataclass(frozen=True, slots=True)
class Heard:
    """A person's message. `thread` is "" at a conversation's top level; `called`: Daedap is named, or alone there."""

    channel: str
    ts: str
    thread: str
    user: str
    text: str
    direct: bool
    called: bool
    gesture: str


class Events:
    """`app_mention` and `message`. They only admit; what fails is told to Slack, which sends it again."""

    def __init__(self, intake: Intake, redis: Redis, client: SlackClient) -> None:
        self._intake, self._redis, self._client = intake, redis, client

    async def hear(self, event: dict[str, Any]) -> None:
        """Admit what is meant for us; raises Malformed, and redis' errors."""
        me = await self._client.identity()
        if gone := _gone(event):
            await self._withdraw(gone, me)
            return
        if _nobodys(event, me) or _ancient(event):
            return
        heard = _heard(event, me)
        if heard.called or await self._follows(heard):
            await self._intake.hear(self._work(heard, me))

    async def _follows(self, heard: Heard) -> bool:
        """Whether it goes on in a thread that Daedap answered in, and is not said to somebody else by name."""
        if not self._intake.settings.slack.follow_threads or not heard.thread or mentions(heard.text):
            return False
        me = await self._client.identity()
        return bool(await self._redis.exists(keys.engaged(_address(heard, me).conversation)))

    async def _withdraw(self, gone: dict[str, Any], me: Identity) -> None:
        """A message that was deleted takes back what it asked; most never asked anything."""
        if _nobodys(gone, me):
            return
        heard = _heard(gone, me)
        address = _address(heard, me)
        known = await self._redis.exists(keys.job(me.team, f"{address.room}:{heard.ts}"))
        if known or heard.called or await self._follows(heard):
            wish = Withdraw(
                address=address,
                message=f"withdraw-{heard.ts}",  # one job, however often Slack tells
                at=float(heard.ts),
                asker=Asker(id=heard.user, direct=heard.direct),
                language=self._intake.settings.language,
                takes_back=heard.ts,
            )
            await self._intake.admit(wish)

    def _work(self, heard: Heard, me: Identity) -> Question | Forget:
        text = self._intake.clean(words(heard.text, me=me.user))
        common: dict[str, Any] = {
            "address": _address(heard, me),
            "message": heard.ts,
            "at": float(heard.ts),
            "asker": Asker(id=heard.user, direct=heard.direct),
            "language": self._intake.language(text),
            "client_message": heard.gesture,
        }
        if heard.called and FORGET.fullmatch(text):
            return Forget(**common)
        return Question(**common, text=text)


def _nobodys(event: Mapping[str, Any], me: Identity) -> bool:
    """Said by a bot (ourselves too), or hidden."""
    return (
        bool(event.get("bot_id"))
        or event.get("subtype") not in SPOKEN
        or event.get("user") in (None, me.user, "USLACKBOT")
    )


def _ancient(event: Mapping[str, Any]) -> bool:
    """An edit of a message too old to know whether it was answered."""
    return bool(event.get("edited")) and float(field(event, "ts", TS)) < time.time() - KEPT + 3600


def _gone(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """The message that this event says was deleted, as it was; where it has replies, Slack puts a tombstone in its place."""
    tombstone = event.get("subtype") == "message_changed" and (event.get("message") or {}).get("subtype") == "tombstone"
    was: dict[str, Any] = event.get("previous_message") or {}
    if not (tombstone or event.get("subtype") == "message_deleted") or not was:
        return None
    return was | {"type": "message", "channel": event.get("channel")}


def _heard(event: Mapping[str, Any], me: Identity) -> Heard:
    channel, user, ts = field(event, "channel", ID), field(event, "user", ID), field(event, "ts", TS)
    thread = field(event, "thread_ts", TS) if event.get("thread_ts") else ""
    text = str(event.get("text") or "")
    direct = channel.startswith("D")
    return Heard(
        channel=channel,
        ts=ts,
        thread="" if thread == ts else thread,
        user=user,
        text=text,
        direct=direct,
        called=direct or event["type"] == "app_mention" or me.user in mentions(text),
        gesture=str(event.get("client_msg_id") or "")[:64],
    )


def _address(heard: Heard, me: Identity) -> Address:
    """In a channel every question has its thread; a direct conversation is one, unless people open threads in it."""
    thread = heard.thread or ("" if heard.direct else heard.ts)
    return Address(platform="slack", tenant=me.team, channel=heard.channel, thread=thread)
