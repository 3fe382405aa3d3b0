"""What the page sends: a question, or the wish to read a passage in its document; admitted like any other work."""

import time
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from aiohttp import web
from pydantic import Field, StringConstraints, ValidationError

from bot.intake import Intake
from bot.playground.language import LANGUAGE
from bot.playground.said import REDIS_GONE, TooLarge, refused
from core.messages import Address, Asker, Message, Question, View, Work
from core.settings import Settings
from platforms.playground.directory import NOBODY, Directory

# made by the browser, so that what is sent again after a lost reply is known again
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")]


class Sent(Message):
    """What both have: the id of this message, the thread it belongs to, and which sample person is meant."""

    id: Id
    thread: Id | Literal[""] = ""  # none: the message begins one
    person: str = Field("", alias="as", max_length=32)


class AskBody(Sent):
    """`POST /page/ask`."""

    text: str


class ViewBody(Sent):
    """`POST /page/view`; offsets are characters (Unicode code points) of the document's text."""

    document: str = Field(min_length=1, max_length=2000)
    start: int = Field(ge=0, le=2**31)
    end: int = Field(ge=0, le=2**31)


B = TypeVar("B", bound=Sent)


@dataclass(frozen=True, slots=True)
class Asking:
    """Handlers that admit work and answer 202 with `{"job"}`; a repeated id answers with the same job."""

    settings: Settings
    intake: Intake
    people: Directory

    async def ask(self, request: web.Request) -> web.Response:
        """Admit a question; 422 when there is nothing to answer or too much of it."""
        body = await self._body(request, AskBody)
        text, limit = self.intake.clean(body.text), self.settings.question_limit
        if not text:
            raise refused(web.HTTPUnprocessableEntity, "empty_question", request)
        if len(text) > limit:
            raise refused(web.HTTPUnprocessableEntity, "too_long", request, limit=limit)
        address, asker = self._whose(body)
        language = self.intake.language(text)
        question = Question(address=address, message=body.id, at=time.time(), asker=asker, language=language, text=text)
        return await self._admit(request, question)

    async def view(self, request: web.Request) -> web.Response:
        """Admit the wish to read a passage in its document; who may read it is decided by the worker."""
        body = await self._body(request, ViewBody)
        address, asker = self._whose(body)
        view = View(
            address=address,
            message=body.id,
            at=time.time(),
            asker=asker,
            language=request[LANGUAGE],
            document=body.document,
            start=body.start,
            end=body.end,
        )
        return await self._admit(request, view)

    async def _admit(self, request: web.Request, work: Work) -> web.Response:
        try:
            await self.intake.admit(work)
        except REDIS_GONE:
            raise refused(web.HTTPServiceUnavailable, "starting", request) from None
        return web.json_response({"job": work.job}, status=202)

    async def _body(self, request: web.Request, kind: type[B]) -> B:
        try:
            return kind.model_validate_json(await request.read())
        except ValidationError:
            raise refused(web.HTTPBadRequest, "page.bad_request", request) from None
        except web.HTTPRequestEntityTooLarge:
            limit = self.settings.question_limit
            raise refused(TooLarge, "too_long", request, limit=limit) from None

    def _whose(self, body: Sent) -> tuple[Address, Asker]:
        person = body.person if body.person in self.people.people else NOBODY
        address = Address(platform="playground", tenant="local", channel=person, thread=body.thread or body.id)
        return address, Asker(id=person, direct=True)
