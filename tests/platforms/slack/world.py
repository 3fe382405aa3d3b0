"""What the stand-in keeps: people, channels, and every version of every message."""

import time
from dataclasses import dataclass, field
from typing import Any

TEAM, BOT_USER, BOT_ID, APP = "T0DAEDAP", "U0BOT", "B0BOT", "A0DAEDAP"
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-stand-in", "xapp-stand-in", "stand-in-signing-secret"


@dataclass
class Message:
    channel: str
    ts: str
    user: str
    text: str
    blocks: list[dict[str, Any]]
    thread: str  # "" at the top level
    bot: bool = False
    metadata: dict[str, Any] | None = None
    arguments: dict[str, Any] = field(default_factory=dict)  # of the last call that wrote it
    versions: list[str] = field(default_factory=list)  # every text it had, oldest first
    since: list[float] = field(default_factory=list)  # from when on it had each, time.monotonic()
    gone: float | None = None  # when it was deleted
    reactions: list[str] = field(default_factory=list)

    def says(self, text: str) -> None:
        """From now on."""
        self.text = text
        self.versions.append(text)
        self.since.append(time.monotonic())

    def remove(self) -> None:
        """As somebody deletes it."""
        self.gone = time.monotonic()

    @property
    def deleted(self) -> bool:
        return self.gone is not None

    def shown(self) -> dict[str, Any]:
        """As conversations.replies gives it."""
        kept: dict[str, Any] = {
            "type": "message",
            "ts": self.ts,
            "user": self.user,
            "text": self.text,
            "blocks": self.blocks,
        }
        if self.thread:
            kept["thread_ts"] = self.thread
        if self.bot:
            kept["bot_id"], kept["app_id"] = BOT_ID, APP
        return kept


@dataclass
class Channel:
    id: str
    members: set[str]
    private: bool = False
    archived: bool = False
    restricted: str = ""  # the error that posting gives

    @property
    def kind(self) -> str:
        return "im" if self.id.startswith("D") else "group" if self.private else "channel"


class World:
    """One workspace."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self.messages: list[Message] = []
        self.ephemerals: list[dict[str, Any]] = []
        self._last = 0
        self.channel("C0GENERAL", {"U0MINA", "U0JOON", BOT_USER})

    def channel(self, name: str, members: set[str] | None = None, **traits: Any) -> Channel:
        """The channel of that id, made when there is none."""
        if name not in self.channels:
            self.channels[name] = Channel(name, members if members is not None else {BOT_USER}, **traits)
        return self.channels[name]

    def direct(self, user: str) -> str:
        """The conversation of a person with the bot."""
        return self.channel("D" + user[1:], {user, BOT_USER}).id

    def stamp(self) -> str:
        """The next ts: the time, never twice."""
        self._last = max(self._last + 1, int(time.time() * 1e6))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def add(self, channel: str, user: str, text: str, **more: Any) -> Message:
        message = Message(channel, self.stamp(), user, text, more.pop("blocks", []), more.pop("thread", ""), **more)
        message.says(text)
        self.messages.append(message)
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        found = (m for m in self.messages if m.channel == channel and m.ts == ts and not m.deleted)
        return next(found, None)

    def visible(self, channel: str, thread: str = "") -> list[Message]:
        """The bot's messages that people see there now, oldest first."""
        return [m for m in self.messages if m.bot and not m.deleted and m.channel == channel and m.thread == thread]
