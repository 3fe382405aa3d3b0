"""A Slack of our own for tests: strict as the real one, with every message's history, and faults on demand."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import WSMsgType, web

from core.texts import LANGUAGES, say
from tests.platforms.slack import payloads
from tests.platforms.slack.faults import Faults
from tests.platforms.slack.methods import Call, Methods
from tests.platforms.slack.sender import Reply, Sender
from tests.platforms.slack.world import APP, BOT_USER, Channel, Message, World

Watch = Callable[[Call, Literal["before", "after"]], Awaitable[bool]]  # False: the call goes no further
PLACEHOLDERS = {say("thinking", language) for language in LANGUAGES}


@dataclass
class Sent:
    """A message a person sent, and how the bot took each delivery of it (`replies`: one list a delivery)."""

    channel: str
    ts: str
    thread: str  # where its answer is to be looked for
    replies: list[list[Reply]] = field(default_factory=list)

    @property
    def statuses(self) -> list[int]:
        """The last status of each delivery."""
        return [attempts[-1].status for attempts in self.replies]


class SlackStandIn:
    """`async with SlackStandIn() as slack`, then SLACK_API_URL = `slack.api_url` and `slack.bot_url` = the bot."""

    def __init__(self, *, faults: Faults | None = None) -> None:
        self.world, self.faults, self.sender = World(), faults or Faults(), Sender()
        self.methods = Methods(self.world, lambda: f"ws://127.0.0.1:{self.port}/socket")
        self.methods.told = self._echo
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.watch: Watch = _nobody  # is told of each call twice, before and after it is carried out
        self.port = 0
        self._echoes: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    def api_url_of(self, caller: str) -> str:
        """The same for one process, which `watch` is told as `caller`."""
        return f"http://127.0.0.1:{self.port}/as/{caller}/api/"

    @property
    def bot_url(self) -> str:
        """Where events go; "" = over the open sockets."""
        return self.sender.url

    @bot_url.setter
    def bot_url(self, url: str) -> None:
        self.sender.url = url

    async def start(self, port: int = 0, *, extra: list[web.RouteDef] | None = None) -> None:
        app = web.Application(client_max_size=4_000_000)
        calls = [web.route("*", path, self._api) for path in ("/api/{method}", "/as/{caller}/api/{method}")]
        app.add_routes([*calls, web.get("/socket", self._socket), *(extra or [])])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        for task in self._echoes:
            task.cancel()
        await asyncio.gather(*self._echoes, return_exceptions=True)
        await self.sender.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # What people do.

    def channel(self, name: str, members: set[str] | None = None, **traits: Any) -> Channel:
        """A channel; `members` must name BOT_USER for the bot to be in it."""
        return self.world.channel(name, members, **traits)

    async def mention(self, user: str, channel: str, text: str, **how: Any) -> Sent:
        """Somebody names the bot: app_mention and, as Slack does, the same as a message event."""
        return await self._say(user, channel, f"<@{BOT_USER}> {text}", kinds=("app_mention", "message"), **how)

    async def dm(self, user: str, text: str, **how: Any) -> Sent:
        """Somebody writes to the bot directly."""
        return await self._say(user, self.world.direct(user), text, kinds=("message",), **how)

    async def say(self, user: str, channel: str, text: str, **how: Any) -> Sent:
        """Somebody says something, without naming the bot; with `thread`, in that thread."""
        return await self._say(user, channel, text, kinds=("message",), **how)

    async def redeliver(
        self, sent: Sent, *, kinds: tuple[str, ...] = ("message",), times: int = 1, **more: Any
    ) -> Sent:
        """The event of a message again, under new event ids; `more` overrides its fields."""
        message = next(m for m in self.world.messages if m.channel == sent.channel and m.ts == sent.ts)
        bodies = [
            payloads.outer(payloads.said(kind, message, self.world) | more) for kind in kinds for _ in range(times)
        ]
        sent.replies += await asyncio.gather(*(self.sender.event(body) for body in bodies))
        return sent

    async def slash(self, user: str, channel: str, command: str, text: str = "", **fields: str) -> Reply:
        """Somebody uses a slash command; `fields` override what Slack sends."""
        return await self.sender.form("slash_commands", payloads.command(user, channel, command, text) | fields)

    async def click(self, user: str, channel: str, ts: str, button: str, **action: Any) -> Reply:
        """Somebody clicks a button of a message; `action` overrides what Slack sends."""
        message = self._there(channel, ts)
        buttons = [element for block in message.blocks if block["type"] == "actions" for element in block["elements"]]
        pressed = next(element for element in buttons if element["action_id"] == button)
        done = pressed | {"action_ts": self.world.stamp(), "block_id": "feedback"} | action
        return await self.sender.form("interactive", payloads.clicked(user, message, done))

    async def edit(self, sent: Sent, text: str) -> list[Reply]:
        """Somebody edits a message."""
        message = self._there(sent.channel, sent.ts)
        message.says(text)
        return await self.sender.event(payloads.outer(payloads.changed("message_changed", message, self.world)))

    async def delete(self, channel: str, ts: str) -> list[Reply]:
        """Somebody deletes a message, their own or (as an administrator may) the bot's."""
        message = self._there(channel, ts)
        message.remove()
        return await self.sender.event(payloads.outer(payloads.changed("message_deleted", message, self.world)))

    # What people see.

    def visible(self, channel: str, thread: str = "") -> list[Message]:
        """The bot's messages there that are not deleted, oldest first."""
        return self.world.visible(channel, thread)

    async def answer(self, sent: Sent, *, within: float = 20.0) -> Message:
        """The first of the bot's messages there that is no placeholder."""
        ends = time.monotonic() + within
        while time.monotonic() < ends:
            for message in self.visible(sent.channel, sent.thread):
                if message.text not in PLACEHOLDERS and float(message.ts) > float(sent.ts):
                    return message
            await asyncio.sleep(0.02)
        seen = [message.text for message in self.visible(sent.channel, sent.thread)]
        raise AssertionError(f"no answer in {within} s; visible: {seen}")

    def _there(self, channel: str, ts: str) -> Message:
        found = self.world.find(channel, ts)
        assert found is not None, "no such message"
        return found

    async def _say(self, user: str, channel: str, text: str, *, kinds: tuple[str, ...], **how: Any) -> Sent:
        """`thread`: where; `times`: deliveries of each kind; `fields`: what overrides the event's own."""
        thread, times, fields = how.pop("thread", ""), how.pop("times", 1), how.pop("fields", {})
        assert not how, f"unknown arguments {how}"
        message = self.world.add(channel, user, text, thread=thread)
        direct = channel.startswith("D")
        sent = Sent(channel, message.ts, thread or ("" if direct else message.ts))
        bodies = [
            payloads.outer(payloads.said(kind, message, self.world) | fields) for kind in kinds for _ in range(times)
        ]
        sent.replies = list(await asyncio.gather(*(self.sender.event(body) for body in bodies)))
        return sent

    def _echo(self, message: Message, change: str) -> None:
        """The bot is told of its own messages, too."""
        if not self.bot_url and not self.sender.sockets:
            return
        told = (
            payloads.changed(change, message, self.world) if change else payloads.said("message", message, self.world)
        )
        task = asyncio.create_task(self.sender.event(payloads.outer(told)))
        self._echoes.add(task)
        task.add_done_callback(self._echoes.discard)

    # The server.

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method, given, token = request.match_info["method"], await _arguments(request), _token(request)
        kind = self.faults.draw(method, str(given.get("channel", "")))
        if kind == "limited":
            headers = {"Retry-After": str(self.faults.retry_after)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        if kind == "broken":
            return web.Response(status=500, text="<html>oops</html>", content_type="text/html")
        if kind.startswith("error:"):
            return web.json_response({"ok": False, "error": kind.removeprefix("error:")})
        call = Call(request.match_info.get("caller", ""), method, given)
        if kind == "late":
            await asyncio.sleep(self.faults.late)
        arrived = kind != "drop" and await self.watch(call, "before")
        reply = self.methods.call(method, token, given) if arrived else {}
        self.calls.append((method, given))
        told = arrived and await self.watch(call, "after")
        if kind == "hang":
            await asyncio.sleep(3600)
        if kind in ("reset", "late") or not told:
            _cut(request)
        return web.json_response(reply)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})
        self.sender.sockets.append(socket)
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self.sender.acknowledged(json.loads(message.data))
        finally:
            self.sender.sockets.remove(socket)
        return socket


async def _nobody(_call: Call, _when: Literal["before", "after"]) -> bool:
    return True


def _cut(request: web.Request) -> None:
    if request.transport is not None:  # None: the client has gone
        request.transport.abort()


async def _arguments(request: web.Request) -> dict[str, Any]:
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        return given | json.loads(await request.text() or "{}")
    return given | dict(await request.post())


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer").strip()
