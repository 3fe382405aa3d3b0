"""The live events of a job as server-sent events: resumed where the browser left off, alive while nothing happens."""

import json
import re

from aiohttp import web
from redis.asyncio import Redis

from bot.playground.guard import HEADERS
from bot.playground.language import LANGUAGE
from bot.playground.said import REDIS_GONE, refused
from core import keys
from core.events import Event, follow
from core.health import health
from core.ledger import Ledger
from core.texts import say

PATIENCE = 3.0  # seconds: the pace of heartbeats, and how soon a reader hears that there is no worker
LIMIT = 200  # streams at once: each keeps a connection to Redis

_JOB = re.compile(r"playground:local:[a-z][a-z0-9_-]{0,31}:[A-Za-z0-9-]{8,64}")  # the page follows nobody else's jobs
_SEQ = re.compile(r"\d{1,20}-\d{1,20}")
_SSE = HEADERS | {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}


class Streams:
    """Handler of `GET /page/events/{job}`, with at most LIMIT readers."""

    def __init__(self, ledger: Ledger, redis: Redis) -> None:
        self.ledger, self.redis = ledger, redis
        self.open = 0

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Events after Last-Event-ID (or `?after=`) until `end`; 404 for an unknown job, 503 while Redis is away."""
        job = request.match_info["job"]
        if not _JOB.fullmatch(job):
            raise web.HTTPNotFound
        try:
            closed = await self._closed(job)
        except REDIS_GONE:
            raise refused(web.HTTPServiceUnavailable, "starting", request) from None
        if self.open >= LIMIT:
            raise refused(web.HTTPServiceUnavailable, "starting", request)
        if closed:
            return _expired(request[LANGUAGE])
        self.open += 1
        try:
            return await self._send(request, job)
        finally:
            self.open -= 1

    async def _closed(self, job: str) -> bool:
        """Whether nothing is to come: an unknown job raises 404, a finished one whose events are gone is closed."""
        record = await self.ledger.state(job)
        if not record:
            raise web.HTTPNotFound
        return record["state"] != "open" and not await self.redis.exists(keys.events(job))

    async def _send(self, request: web.Request, job: str) -> web.StreamResponse:
        response = web.StreamResponse(headers=_SSE)
        await response.prepare(request)
        await response.write(b": open\n\n")  # lets the browser know that it is connected
        seen = _after(request)
        try:
            async for event in follow(self.redis, job, after=seen, patience=PATIENCE):
                seen = event.seq if event else seen
                await response.write(_as_sse(event) if event else await self._quiet(seen))
        except REDIS_GONE:
            pass  # the browser comes back and goes on after the last event it saw
        return response

    async def _quiet(self, seen: str) -> bytes:
        """A heartbeat, or the news that nobody is there to work on a job that has not begun."""
        if seen == "0" and not (await health(self.redis)).answering:
            return b"event: waiting\ndata: {}\n\n"
        return b": alive\n\n"


def _expired(language: str) -> web.Response:
    """An EventSource cannot read the body of an error, so this is told as events."""
    told = Event("0-1", "failed", {"text": say("page.expired", language)}), Event("0-2", "end", {})
    return web.Response(body=b"".join(_as_sse(event) for event in told), headers=_SSE)


def _after(request: web.Request) -> str:
    wish = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    return wish if _SEQ.fullmatch(wish) else "0"


def _as_sse(event: Event) -> bytes:
    return f"id: {event.seq}\nevent: {event.type}\ndata: {json.dumps(event.data, ensure_ascii=False)}\n\n".encode()
