"""What of Slack's payloads goes further: the fields we use, of the types they have; everything else stays outside."""

# Bolt reads many fields without looking at their types (a fuzzer found five ways to a 500); over what is rebuilt here
# it cannot stumble.

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from bot.slack.fields import Malformed

COMMAND = ("command", "text", "team_id", "channel_id", "user_id", "trigger_id", "ssl_check")

# a few events that we do not use have an object where messages have an id
Text = Annotated[str | None, BeforeValidator(lambda value: None if isinstance(value, dict) else value)]


class Shape(BaseModel):
    """Strict about types, deaf to what it does not name."""

    model_config = ConfigDict(extra="ignore", strict=True)


class Inner(Shape):
    """A message inside of an event about it."""

    subtype: Text = None
    user: Text = None
    ts: Text = None
    thread_ts: Text = None
    text: Text = None
    bot_id: Text = None


# events that we do not use have other things under these names
Message = Annotated[Inner | None, BeforeValidator(lambda value: value if isinstance(value, dict) else None)]


class Event(Shape):
    """The inner event; a message, for what we use."""

    type: str
    subtype: Text = None
    user: Text = None
    channel: Text = None
    ts: Text = None
    thread_ts: Text = None
    text: Text = None
    bot_id: Text = None
    client_msg_id: Text = None
    edited: dict[str, Any] | None = None
    deleted_ts: Text = None
    message: Message = None
    previous_message: Message = None


class Authorization(Shape):
    """Whose installation an event is for."""

    team_id: str | None = None


class Outer(Shape):
    """The outer body of the Events API."""

    type: str
    team_id: str | None = None
    authorizations: list[Authorization] | None = None
    event: Event | None = None
    challenge: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Outer":
        if (self.type == "event_callback" and not self.event) or (
            self.type == "url_verification" and not self.challenge
        ):
            raise ValueError("without what its type promises")
        return self


class Named(Shape):
    """Something with an id."""

    id: str


class Container(Shape):
    """Where the clicked message stands."""

    channel_id: str | None = None


class Said(Shape):
    """The clicked message."""

    thread_ts: str | None = None


class Action(Shape):
    """The button."""

    type: str
    action_id: str
    value: str | None = None


class Clicked(Shape):
    """`block_actions`."""

    type: str
    team: Named
    user: Named
    container: Container | None = None
    message: Said | None = None
    actions: list[Action] = Field(min_length=1)


class Interaction(Shape):
    """Any other interaction; nobody listens to those."""

    type: str
    team: Named | None = None
    user: Named | None = None


def event(body: Mapping[str, Any]) -> dict[str, Any]:
    """The outer body of an event; raises Malformed."""
    return _shaped(Outer, body)


def interaction(body: Mapping[str, Any]) -> dict[str, Any]:
    """A click, or what else comes from buttons and views; raises Malformed."""
    return _shaped(Clicked if body.get("type") == "block_actions" else Interaction, body)


def command(form: Mapping[str, Any]) -> dict[str, Any]:
    """A slash command; raises Malformed."""
    found = {name: form[name] for name in COMMAND if name in form}
    if not all(isinstance(value, str) for value in found.values()):
        raise Malformed("command")
    return found


def _shaped(shape: type[Shape], body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return shape.model_validate(body).model_dump(exclude_none=True)
    except ValidationError as error:
        raise Malformed(".".join(str(part) for part in error.errors()[0]["loc"]) or shape.__name__) from None
