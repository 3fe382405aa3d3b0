"""What a person sends from the page: a question, the wish to read a passage or to forget a thread, and thumbs up or down."""

import time
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web
from pydantic import Field

from bot.feedback import Feedback
from bot.intake import Intake
from bot.playground.language import LANGUAGE
from bot.playground.said import REDIS_GONE, refused
from bot.playground.sent import Sent, read
from bot.playground.who import Who
from core.errors import TooMany
from core.messages import Forget, Question, View, Work


class AskBody(Sent):
    """`POST /page/ask`."""

    text: str


class ViewBody(Sent):
    """`POST /page/view`; offsets are characters (Unicode code points) of the document's text."""

    document: str = Field(min_length=1, max_length=2000)
    start: int = Field(ge=0, le=2**31)
    end: int = Field(ge=0, le=2**31)


class VerdictBody(Sent):
    """`POST /page/verdict` on the answer to the question `id`; `reasons` are ready ones, `words` the person's own."""

    verdict: Literal["good", "bad"]
    reasons: tuple[Literal["wrong", "source", "outdated", "incomplete"], ...] = Field((), max_length=4)
    words: str = Field("", max_length=4000)  # cut to what is kept of a reason

    @property
    def reason(self) -> str:
        """As kept: the same words whatever the page's language, "wrong, outdated: …"."""
        return ": ".join(part for part in (", ".join(dict.fromkeys(self.reasons)), self.words.strip()) if part)


@dataclass(frozen=True, slots=True)
class Asking:
    """Handlers that admit work and answer 202 with `{"job"}` (a repeated id: the same job), or keep a verdict and answer 200."""

    intake: Intake
    who: Who
    opinions: Feedback

    async def ask(self, request: web.Request) -> web.Response:
        """Admit a question; 422 when there is nothing to answer or too much of it, 429 when this person asks too fast."""
        body, limit = await read(request, AskBody, limit=self._limit), self._limit
        text = self.intake.clean(body.text)
        if not text:
            raise refused(web.HTTPUnprocessableEntity, "empty_question", request)
        if len(text) > limit:
            raise refused(web.HTTPUnprocessableEntity, "too_long", request, limit=limit)
        asked = self._request(body) | {"language": self.intake.language(text)}
        return await self._admit(request, Question(**asked, text=text))

    async def view(self, request: web.Request) -> web.Response:
        """Admit the wish to read a passage in its document; who may read it is decided by the worker."""
        body = await read(request, ViewBody, limit=self._limit)
        place = body.model_dump(include={"document", "start", "end"})
        return await self._admit(request, View(**self._request(body), language=request[LANGUAGE], **place))

    async def forget(self, request: web.Request) -> web.Response:
        """Admit the wish that a thread be forgotten: a browser that deletes it has only its own copy."""
        body = await read(request, Sent, limit=self._limit)
        return await self._admit(request, Forget(**self._request(body), language=request[LANGUAGE]))

    async def verdict(self, request: web.Request) -> web.Response:
        """Keep what a person thinks of an answer that they got here; 404 for everything else."""
        body = await read(request, VerdictBody, limit=self._limit)
        job, user = f"{self._request(body)['address'].room}:{body.id}", self.who.visitor(body.person)
        try:
            record = await self.intake.ledger.state(job)
            if (record.get("kind"), record.get("state")) != ("question", "done"):
                raise refused(web.HTTPNotFound, "page.verdict_expired", request)
            await self.opinions.give(job, user.address("").room, body.verdict, reason=body.reason)
        except REDIS_GONE:
            raise refused(web.HTTPServiceUnavailable, "starting", request) from None
        return web.json_response({})

    @property
    def _limit(self) -> int:
        return self.intake.settings.question_limit

    def _request(self, body: Sent) -> dict[str, Any]:
        """What every work made from a body has, but the language."""
        visitor = self.who.visitor(body.person)
        address = visitor.address(body.thread or body.id)
        return {"address": address, "message": body.id, "at": time.time(), "asker": visitor.asker}

    async def _admit(self, request: web.Request, work: Work) -> web.Response:
        try:
            await self.intake.admit(work)
        except TooMany as no:
            raise refused(web.HTTPTooManyRequests, no.user_text, request, after=no.seconds) from None
        except REDIS_GONE:
            raise refused(web.HTTPServiceUnavailable, "starting", request) from None
        return web.json_response({"job": work.job}, status=202)
