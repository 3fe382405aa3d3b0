"""What the stand-in keeps: people, conversations, and every version of every message."""

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

TENANT, APP_ID, PASSWORD = (
    "7e0a3b1c-1111-4222-8333-000000000001",
    "11111111-2222-3333-4444-555555555555",
    "stand-in-password",
)
BOT = {"id": f"28:{APP_ID}", "name": "Daedap"}
TEAM, GENERAL = "19:team@thread.tacv2", "19:general@thread.tacv2"
GROUP = "19:meeting@thread.v2"


def account(name: str) -> dict[str, str]:
    """A person as Teams names them; everybody's ids follow from the name."""
    return {"id": f"29:1{name}", "name": name.title(), "aadObjectId": person(name)}


def person(name: str) -> str:
    """The Entra id of a person."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


@dataclass
class Message:
    """`activity` as last written; `versions`: every text it had, oldest first."""

    conversation: str  # without ";messageid="
    id: str
    root: str  # of the thread in a channel, the message itself for a post; "" elsewhere
    bot: bool
    activity: dict[str, Any]
    versions: list[str] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)  # every activity that wrote it, oldest first
    deleted: bool = False

    @property
    def text(self) -> str:
        return str(self.activity.get("text") or "")


@dataclass
class Conversation:
    """A personal chat, a group chat or a channel."""

    id: str
    kind: str  # personal | groupChat | channel
    team: str = ""
    bot: bool = True  # whether the app is installed there

    def place(self, root: str = "") -> dict[str, Any]:
        """As activities name it."""
        suffix = f";messageid={root}" if root else ""
        found: dict[str, Any] = {"id": self.id + suffix, "conversationType": self.kind, "tenantId": TENANT}
        return found if self.kind == "personal" else found | {"isGroup": True}


class World:
    """One tenant."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.messages: list[Message] = []
        self._last = 0
        self.add_conversation(Conversation(GENERAL, "channel", TEAM))
        self.add_conversation(Conversation(GROUP, "groupChat"))

    def add_conversation(self, conversation: Conversation) -> Conversation:
        return self.conversations.setdefault(conversation.id, conversation)

    def personal(self, name: str) -> Conversation:
        """The chat of a person with the bot."""
        return self.add_conversation(Conversation(f"a:1{name}", "personal"))

    def stamp(self) -> str:
        """The next message id: the time in milliseconds, never twice."""
        self._last = max(self._last + 1, int(time.time() * 1000))
        return str(self._last)

    def add(self, place: str, activity: dict[str, Any], *, bot: bool) -> Message:
        """A new message; `place` is a conversation id as in a url, with ";messageid=" for a reply in a channel."""
        conversation, _, root = place.partition(";messageid=")
        name = self.stamp()
        if self.conversations[conversation].kind == "channel":
            root = root or name
        message = Message(conversation, name, root, bot, activity)
        message.versions.append(message.text)
        message.updates.append(activity)
        self.messages.append(message)
        return message

    def find(self, conversation: str, name: str) -> Message | None:
        plain = conversation.partition(";")[0]
        return next((m for m in self.messages if (m.conversation, m.id, m.deleted) == (plain, name, False)), None)

    def visible(self, conversation: str, root: str = "") -> list[Message]:
        """The bot's messages that people see there now, oldest first; in a channel of one thread, or with root "" of all."""
        there = [m for m in self.messages if m.bot and not m.deleted and m.conversation == conversation]
        return [m for m in there if not root or m.root == root]
