"""What a person said in Teams: who, where, which words, and whether they are meant for Daedap."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.teams.activity import Activity, Malformed
from bot.teams.words import mentioned, words
from core.messages import Address, Asker, ReplyLanguage

MARKUP = ("xml", "html")  # text formats
BESIDE = ("text/html", "messageReference")  # a message's own HTML, and the message that is quoted
BOT = "28:"  # how ids of bots begin


@dataclass(frozen=True)
class Heard:
    """One message. `tenant` is where it was said."""

    activity: Activity
    tenant: str

    @cached_property
    def ours_to_ignore(self) -> bool:
        """From a bot (ourselves too), or a click on a card."""
        sender = self.activity.sender
        if sender is None or sender.role == "bot" or sender.id == self.activity.recipient.id:
            return True
        return sender.id.startswith(BOT) or (self.activity.value is not None and not self.activity.text)

    @cached_property
    def direct(self) -> bool:
        """Nobody else reads here. Teams says so, or it is not so."""
        return self.activity.conversation.conversation_type == "personal"

    @cached_property
    def people(self) -> list[tuple[str, str]]:
        """Who is named."""
        return mentioned(self.activity.entities)

    @cached_property
    def called(self) -> bool:
        """Daedap is named, or alone with the person."""
        return self.direct or any(who == self.activity.recipient.id for who, _ in self.people)

    @cached_property
    def follows(self) -> bool:
        """It may go on in a thread without naming anybody."""
        place = self.activity.conversation
        return bool(place.root) and place.root != self.activity.id and not self.people

    @cached_property
    def text(self) -> str:
        """The words, not yet cleaned."""
        given, me = self.activity.text or "", self.activity.recipient.id
        return words(given, me=me, people=self.people, markup=self.activity.text_format in MARKUP)

    @cached_property
    def files(self) -> bool:
        """Something came along that is no words."""
        kinds = [one.get("contentType") for one in self.activity.attachments or () if isinstance(one, dict)]
        return any(kind not in BESIDE for kind in kinds)

    @cached_property
    def message(self) -> str:
        """The message's id; raises Malformed when there is none."""
        if not self.activity.id:
            raise Malformed("id")
        return self.activity.id

    @cached_property
    def address(self) -> Address:
        """In a channel every post has its thread; a chat is one conversation."""
        place = self.activity.conversation
        thread = (place.root or self.message) if place.conversation_type == "channel" else place.root
        return Address(platform="teams", tenant=self.tenant, channel=place.channel, thread=thread)

    @property
    def asker(self) -> Asker:
        return Asker(id=self.activity.person, direct=self.direct)

    def request(self, language: ReplyLanguage) -> dict[str, Any]:
        """What every job made from it has."""
        return {
            "address": self.address,
            "message": self.message,
            "at": self.activity.at,
            "asker": self.asker,
            "language": language,
        }
