"""The page's panel for administrators: read the documents again, watch how far it is, stop it."""

import time
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web
from pydantic import Field
from redis.asyncio import Redis

from bot.intake import Intake
from bot.playground.language import LANGUAGE
from bot.playground.said import REDIS_GONE, refused
from bot.playground.sent import Sent, read
from bot.playground.who import HERE, Visitor, Who
from core import reindexing
from core.messages import Reindex, ReplyLanguage
from core.texts import say

log = structlog.get_logger()


class StartBody(Sent):
    """`POST /page/reindex`; no source means all."""

    source: str = Field("", max_length=64)


@dataclass(frozen=True, slots=True)
class Reindexing:
    """Handlers of `/page/reindex`. Who may is decided here, at each of them, whatever the page shows."""

    intake: Intake
    who: Who

    async def status(self, request: web.Request) -> web.Response:
        """`{"allowed": false, "text"}`, or how far the run is or how the last one ended, with the sources there are."""
        visitor = self.who.visitor(request.query.get("as", ""))
        if not visitor.admin:
            key, values = self._who_may(visitor, request[LANGUAGE])
            return web.json_response({"allowed": False, "text": say(key, request[LANGUAGE], **values)})
        try:
            now = await reindexing.status(self._redis)
        except REDIS_GONE:
            raise refused(web.HTTPServiceUnavailable, "starting", request) from None
        names = ("running", "done", "total", "last")
        known = {name: getattr(now, name) for name in names} | {"by": self.who.name(now.by)}
        return web.json_response({"allowed": True, "sources": sorted(self.intake.settings.sources), **known})

    async def start(self, request: web.Request) -> web.Response:
        """Admit a run: 202 with `{"job"}`; 409 while another one is on, 403 for who may not, 422 for an unknown source."""
        body = await read(request, StartBody, limit=self.intake.settings.question_limit)
        visitor, sources = self._allowed(request, body), sorted(self.intake.settings.sources)
        if body.source and body.source not in sources:
            listed = ", ".join(sources)
            raise refused(
                web.HTTPUnprocessableEntity, "reindex_bad_source", request, source=body.source, sources=listed
            )
        work = Reindex(
            address=visitor.address(body.thread or body.id),
            message=body.id,
            at=time.time(),
            asker=visitor.asker,
            language=request[LANGUAGE],
            source=body.source,
        )
        await self._admit(request, work)
        return web.json_response({"job": work.job}, status=202)

    async def cancel(self, request: web.Request) -> web.Response:
        """Ask the run that is on, whoever began it, to stop: 200 with `{"text"}`, also when there is none."""
        body = await read(request, Sent, limit=self.intake.settings.question_limit)
        visitor = self._allowed(request, body)
        try:
            stopping = await reindexing.cancel(self._redis)
        except REDIS_GONE:
            raise refused(web.HTTPServiceUnavailable, "starting", request) from None
        log.info("page.reindex", verb="cancel", user=HERE + visitor.id)
        key = "reindex_cancelling" if stopping else "page.reindex_none"
        return web.json_response({"text": say(key, request[LANGUAGE])})

    async def _admit(self, request: web.Request, work: Reindex) -> None:
        try:
            now, known = await reindexing.status(self._redis), await self.intake.ledger.state(work.job)
            if now.running and not known:  # one that is sent again is told its own job, not that it is in its own way
                by = self.who.name(now.by)
                raise refused(web.HTTPConflict, "reindex_running", request, by=by, done=now.done, total=now.total)
            await self.intake.admit(work)
        except REDIS_GONE:
            raise refused(web.HTTPServiceUnavailable, "starting", request) from None
        log.info("page.reindex", verb="start", source=work.source, user=HERE + work.asker.id)

    def _allowed(self, request: web.Request, body: Sent) -> Visitor:
        visitor = self.who.visitor(body.person)
        if not visitor.admin:
            log.warning("page.reindex_refused", user=HERE + visitor.id)
            key, values = self._who_may(visitor, request[LANGUAGE])
            raise refused(web.HTTPForbidden, key, request, **values)
        return visitor

    def _who_may(self, visitor: Visitor, language: ReplyLanguage) -> tuple[str, dict[str, Any]]:
        """The sentence for who may not, and what it names."""
        names = [one.name or say("page.nobody", language) for one in self.who.everybody() if one.admin]
        if not names:
            return "page.reindex_no_admins", {"user": HERE + visitor.id}
        return "page.reindex_admins", {"admins": ", ".join(names)}

    @property
    def _redis(self) -> Redis:
        return self.intake.ledger.redis
