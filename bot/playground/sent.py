"""How what the page sends is read: small JSON objects of known shapes, each with an id and the person who is meant."""

from typing import Annotated, Literal, TypeVar

from aiohttp import web
from pydantic import Field, StringConstraints, ValidationError

from bot.playground.said import TooLarge, refused
from core.messages import Message

# made by the browser, so that what is sent again after a lost reply is known again
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")]


class Sent(Message):
    """What every body has: the id of this message, the thread it belongs to, and which sample person is meant."""

    id: Id
    thread: Id | Literal[""] = ""  # none: the message begins one
    person: str = Field("", alias="as", max_length=32)


B = TypeVar("B", bound=Sent)


async def read(request: web.Request, kind: type[B], *, limit: int) -> B:
    """The body as a `kind`; 400 when it is none, 413 when it is larger than any with a text of `limit` characters."""
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError:
        raise refused(web.HTTPBadRequest, "page.bad_request", request) from None
    except web.HTTPRequestEntityTooLarge:
        raise refused(TooLarge, "too_long", request, limit=limit) from None
