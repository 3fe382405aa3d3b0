"""How Slack tells a bot: signed POSTs with retries, or envelopes over a websocket that want an acknowledgement."""

import asyncio
import hashlib
import hmac
import io
import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from tests.platforms.slack.world import SECRET

PATIENCE = 3.0  # seconds for an acknowledgement
RETRIES = (0.0, 0.1, 0.3, 1.0)  # seconds; Slack's own are 0, 60, 300


@dataclass(frozen=True)
class Reply:
    """What the bot said: status (200 for a socket's acknowledgement, 0 for none), body, seconds."""

    status: int
    body: Any
    seconds: float


def sign(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The headers that prove it comes from Slack."""
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}"}


class Sender:
    """To `url`, or where that is "" over the sockets that are open."""

    def __init__(self) -> None:
        self.url = ""
        self.sockets: list[web.WebSocketResponse] = []
        self.retries: tuple[float, ...] = RETRIES
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._turn = itertools.count()

    async def event(self, body: dict[str, Any]) -> list[Reply]:
        """Every attempt until one is acknowledged."""
        replies = []
        for number, pause in enumerate((None, *self.retries)):
            if pause is not None:
                await asyncio.sleep(pause)
            replies.append(await self._event_once(body, number))
            if 200 <= replies[-1].status < 300:
                break
        return replies

    async def form(self, kind: str, fields: Mapping[str, Any]) -> Reply:
        """A slash command (kind slash_commands) or a click (interactive): sent once, as Slack does."""
        if not self.url:
            return await self._envelope(kind, dict(fields), 0)
        sent = dict(fields) if kind == "slash_commands" else {"payload": json.dumps(fields)}
        return await self.post(urlencode(sent).encode(), "application/x-www-form-urlencoded")

    async def post(self, body: bytes, content_type: str, headers: Mapping[str, str] | None = None) -> Reply:
        """One signed POST; `headers` replaces the signature or adds to it."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        began = time.monotonic()
        sent = {"Content-Type": content_type, **(sign(body) if headers is None else headers)}
        try:
            async with self._session.post(self.url, data=io.BytesIO(body), headers=sent) as reply:
                text = await reply.text()
                return Reply(reply.status, _read(text), time.monotonic() - began)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Reply(0, "", time.monotonic() - began)

    def acknowledged(self, envelope: dict[str, Any]) -> None:
        """What came back over a socket."""
        waiting = self._waiting.pop(envelope.get("envelope_id", ""), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(envelope.get("payload"))

    async def close(self) -> None:
        for socket in self.sockets:
            await socket.close()
        if self._session is not None:
            await self._session.close()

    async def _event_once(self, body: dict[str, Any], number: int) -> Reply:
        if not self.url:
            return await self._envelope("events_api", body, number)
        sent = json.dumps(body).encode()
        retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_error"} if number else {}
        return await self.post(sent, "application/json", sign(sent) | retry)

    async def _envelope(self, kind: str, payload: dict[str, Any], number: int) -> Reply:
        began, name = time.monotonic(), f"envelope-{next(self._turn)}"
        open_ones = [socket for socket in self.sockets if not socket.closed]
        if not open_ones:
            return Reply(0, "", 0.0)
        envelope = {
            "envelope_id": name,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        self._waiting[name] = asyncio.get_running_loop().create_future()
        future = self._waiting[name]
        await open_ones[next(self._turn) % len(open_ones)].send_json(
            envelope | ({"retry_attempt": number} if number else {})
        )
        try:
            body = await asyncio.wait_for(future, PATIENCE)
            return Reply(200, body or "", time.monotonic() - began)
        except TimeoutError:
            return Reply(0, "", time.monotonic() - began)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
