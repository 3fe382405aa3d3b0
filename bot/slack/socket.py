"""Socket Mode: the same listeners without a public address."""

import asyncio
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.fields import Malformed
from bot.slack.shapes import command, event, interaction
from core.errors import SettingsError, Transient
from platforms.slack.client import Refused, SlackClient

log = structlog.get_logger()


SHAPES = {"events_api": event, "slash_commands": command, "interactive": interaction}


class Handler(AsyncSocketModeHandler):
    """Gives bolt what the door of HTTP gives it. What is not acknowledged, Slack sends again."""

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """One envelope."""
        try:
            req.payload = SHAPES[req.type](req.payload)
        except (KeyError, Malformed) as reason:
            log.warning("slack.malformed", reason=str(reason))
            return
        await super().handle(client, req)


class Socket:
    """One websocket that the SDK keeps open, reconnecting when Slack says so or nothing comes."""

    def __init__(self, bolt: AsyncApp, client: SlackClient, token: str) -> None:
        self._handler: Any = Handler(  # its coroutines have no annotations
            bolt, token, web_client=client.web
        )
        self._handler.client.proxy = client.web.proxy
        self._client, self._token = client, token
        self._connecting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect. Raises SettingsError when Slack refuses the app token: the SDK would go on trying without a word."""
        try:
            opened = await self._client.call("apps.connections.open", token=self._token, patience=0)
            self._handler.client.wss_uri = opened["url"]
        except Refused as no:
            raise SettingsError(
                f"SLACK_APP_TOKEN: Slack refuses it ({no.code}). Make an app-level token with connections:write."
            ) from None
        except Transient as error:
            log.warning("slack.unreachable", reason=str(error))
        self._connecting = asyncio.create_task(self._handler.connect_async())  # which tries until it succeeds

    async def close(self) -> None:
        """Disconnect and stop reconnecting."""
        if self._connecting is not None:
            self._connecting.cancel()
        await self._handler.close_async()
