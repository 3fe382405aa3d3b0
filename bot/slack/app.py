"""Slack at the bot: one route and, with an app token, one socket, both leading to the same listeners."""

import asyncio
import time
from functools import cached_property
from typing import Any

import structlog
from aiohttp import web
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from bot.intake import Intake
from bot.slack.fields import Malformed
from bot.slack.listeners import NotOurs, listeners
from bot.slack.socket import Socket
from bot.slack.verify import NotNow, NotSlack, receive
from core.errors import SettingsError, Transient
from core.settings import Settings
from platforms.slack.client import Refused, SlackClient

log = structlog.get_logger()

ADMISSION = 0.9  # seconds until a 503; Slack waits 3, and sends the event again at once, after 1 and after 5 minutes


class SlackApp:
    """Hears Slack. `routes` before the application starts; `start` and `stop` on its event loop."""

    def __init__(self, settings: Settings, intake: Intake, redis: Redis) -> None:
        if settings.slack.signing_secret is None and settings.slack.app_token is None:
            raise SettingsError(
                "SLACK_SIGNING_SECRET is not set: copy it from the app's Basic Information, or set SLACK_APP_TOKEN"
            )
        self._settings, self._intake, self._redis = settings.slack, intake, redis
        self._client = SlackClient(settings.slack)
        self._socket: Socket | None = None
        self._told = 0.0  # until when a wrong clock is not told again
        self._secret = settings.slack.signing_secret.get_secret_value() if settings.slack.signing_secret else ""

    @cached_property
    def _bolt(self) -> AsyncApp:
        bolt = listeners(self._client, self._intake, self._redis)
        bolt.error(_failed)
        return bolt

    def routes(self) -> list[web.AbstractRouteDef]:
        """Events, commands and actions come to one address; none when only the socket is used."""
        return [web.post("/slack/events", self.hear)] if self._secret else []

    async def start(self) -> None:
        """Check the token, open the socket. Raises SettingsError for a refused token; Slack being down is no error."""
        try:
            await self._introduce()
            if self._settings.app_token is not None:
                self._socket = Socket(self._bolt, self._client, self._settings.app_token.get_secret_value())
                await self._socket.open()
        except SettingsError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close the socket and the connections."""
        if self._socket is not None:
            await self._socket.close()
        await self._client.close()

    async def _introduce(self) -> None:
        try:
            log.info("slack.on", team=(await self._client.identity()).team, socket=self._settings.app_token is not None)
        except Refused as no:
            raise SettingsError(
                f"SLACK_BOT_TOKEN: Slack refuses it ({no.code}). Copy the Bot User OAuth Token of the app anew."
            ) from None
        except Transient as error:
            log.warning("slack.unreachable", reason=str(error))  # events get a 503 until auth.test succeeds

    async def hear(self, request: web.Request) -> web.Response:
        """One delivery: 401, 413 or 400 for what is not Slack's, 503 for what was not admitted and is to come again."""
        try:
            payload = await receive(request, self._secret)
        except NotSlack as reason:
            self._refused(reason, request.remote)
            return web.Response(status=401)
        except Malformed as reason:
            log.warning("slack.malformed", reason=str(reason))
            return web.Response(status=400)
        return await self._dispatch(payload)

    def _refused(self, reason: NotSlack, remote: str | None) -> None:
        """Told each time; a clock that seems wrong is an alarm, once a minute."""
        log.warning("slack.refused", reason=str(reason), remote=remote)
        if isinstance(reason, NotNow) and time.monotonic() >= self._told:
            self._told = time.monotonic() + 60
            log.error("clock.wrong", ahead_seconds=round(reason.seconds), what_to_do="set this host's clock (NTP)")

    async def _dispatch(self, payload: dict[str, Any]) -> web.Response:
        # Bolt's http mode would parse the bytes again, by rules of its own, and obey headers that no signature covers.
        heard = AsyncBoltRequest(mode="socket_mode", body=payload)
        try:
            async with asyncio.timeout(ADMISSION):
                return await to_aiohttp_response(await self._bolt.async_dispatch(heard))
        except TimeoutError:
            log.warning("slack.not_admitted", reason="timeout")
            return web.Response(status=503)


def slack_app(settings: Settings, intake: Intake, redis: Redis) -> SlackApp:
    """Slack's half of the bot; raises SettingsError for settings that cannot work."""
    return SlackApp(settings, intake, redis)


async def _failed(error: Exception) -> BoltResponse:
    """What Slack is told: only a 2xx ends its retries, so that is for what was admitted and what is not for us."""
    match error:
        case BoltUnhandledRequestError() | NotOurs():
            return BoltResponse(status=200, body="")
        case Malformed() | ValidationError():
            log.warning("slack.malformed", reason=type(error).__name__)
            return BoltResponse(status=400, body="")
        case RedisError() | OSError() | Transient():
            log.warning("slack.not_admitted", reason=type(error).__name__)
            return BoltResponse(status=503, body="")
    log.error("slack.failed", exc_info=error)
    return BoltResponse(status=500, body="")
