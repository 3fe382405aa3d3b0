"""What of Teams' activities goes further: the fields we use, of the types and grammars they have."""

import json
import re
import time
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from bot.payload import strict_object

# Ids stand in keys of Redis and in urls of the connector service: nothing that could end one part and begin another.
ID = r"^[A-Za-z0-9][A-Za-z0-9:@._=|+-]{0,255}$"
CONVERSATION = r"^[A-Za-z0-9][A-Za-z0-9:@._=+-]{0,400}(?:;messageid=[A-Za-z0-9.-]{1,64})?$"
TENANT = r"[A-Za-z0-9.-]{0,64}"
Id = Annotated[str, StringConstraints(pattern=ID)]
Blank = Literal[""]  # as some senders write what they do not have


class Malformed(Exception):
    """Signed, but nothing that Teams sends: 400."""


class Shape(BaseModel):
    """Strict about types, deaf to what it does not name."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, alias_generator=to_camel)


class Account(Shape):
    """A person or a bot."""

    id: Id
    name: Annotated[str, StringConstraints(max_length=400)] | None = None
    aad_object_id: Id | Blank | None = None
    role: str | None = None


class Place(Shape):
    """A conversation, in a channel with the thread."""

    id: Annotated[str, StringConstraints(pattern=CONVERSATION)]
    conversation_type: str | None = None
    tenant_id: str | None = None
    is_group: bool | None = None
    name: str | None = None

    @property
    def channel(self) -> str:
        """Without the thread."""
        return self.id.partition(";")[0]

    @property
    def root(self) -> str:
        """The message that the thread began with, "" outside of threads."""
        return self.id.partition(";messageid=")[2]


class Activity(Shape):
    """Anything that Teams tells. Lists hold what Teams may put there tomorrow, and are read with care."""

    type: str
    id: Id | None = None
    timestamp: str | None = None
    channel_id: str
    service_url: str
    sender: Account | None = Field(None, alias="from")
    recipient: Account
    conversation: Place
    text: str | None = None
    text_format: str | None = None
    locale: str | None = None
    name: str | None = None
    action: str | None = None
    reply_to_id: Id | Blank | None = None
    value: Any = None
    channel_data: Any = None
    entities: list[Any] | None = None
    attachments: list[Any] | None = None
    members_added: list[Any] | None = None

    @property
    def at(self) -> float:
        """When it was sent, seconds since 1970; now where that is not told."""
        if self.timestamp is None:
            return time.time()
        try:
            sent = datetime.fromisoformat(self.timestamp)
            return (sent if sent.tzinfo else sent.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            raise Malformed("timestamp") from None

    @property
    def person(self) -> str:
        """The sender's id in Entra; for who has none (a guest of another kind) the one of Teams."""
        if self.sender is None:
            raise Malformed("from")
        return self.sender.aad_object_id or self.sender.id

    @property
    def tenants(self) -> tuple[str, ...]:
        """Where it was said, and by whose person where that is told as well: the conversation's tenant comes first."""
        data = self.channel_data if isinstance(self.channel_data, dict) else {}
        told = data["tenant"].get("id") if isinstance(data.get("tenant"), dict) else None
        found = [one for one in (self.conversation.tenant_id, told) if one]
        if not all(isinstance(one, str) and re.fullmatch(TENANT, one) for one in found):
            raise Malformed("tenant")
        return tuple(found)

    @property
    def language(self) -> Literal["ko", "en"] | None:
        """Of the person's Teams, where it is one of ours: a command has no words of their own."""
        match (self.locale or "")[:2].lower():
            case "ko":
                return "ko"
            case "en":
                return "en"
        return None

    def reference(self) -> dict[str, Any]:
        """All that is needed to write there, now and later; in reply to the activity where it is a message."""
        kept: dict[str, Any] = {
            "channelId": self.channel_id,
            "serviceUrl": self.service_url,
            "conversation": _plain(self.conversation),
            "bot": _plain(self.recipient),
            "user": _plain(self.sender) if self.sender else None,
            "activityId": self.id if self.type == "message" else None,
            "locale": self.locale,
        }
        return {name: value for name, value in kept.items() if value is not None}


def read(body: bytes) -> Activity:
    """The activity of a request; raises Malformed."""
    try:
        return Activity.model_validate(strict_object(body.decode()))
    except ValidationError as error:
        raise Malformed(".".join(str(part) for part in error.errors()[0]["loc"]) or "activity") from None
    except (ValueError, RecursionError) as error:  # bad UTF-8, bad JSON, too deep
        raise Malformed(type(error).__name__) from None


def compact(reference: dict[str, Any]) -> str:
    """As the job's record keeps it."""
    return json.dumps(reference, ensure_ascii=False, separators=(",", ":"))


def _plain(part: Shape) -> dict[str, Any]:
    return part.model_dump(by_alias=True, exclude_none=True)
