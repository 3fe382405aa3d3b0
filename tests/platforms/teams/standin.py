"""A Microsoft of our own for tests: issuer, token endpoint and connector service on one loopback port, with faults on demand."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from core.settings import TeamsSettings
from core.texts import LANGUAGES, say
from tests.platforms.slack.faults import Faults
from tests.platforms.teams import payloads
from tests.platforms.teams.issuer import ISSUER, SCOPE, Issuer
from tests.platforms.teams.sender import Reply, Sender
from tests.platforms.teams.service import CALLS, Service
from tests.platforms.teams.world import APP_ID, BOT, PASSWORD, TENANT, Conversation, Message, World

PLACEHOLDERS = {say("thinking", language) for language in LANGUAGES}
PREFIX = f"/kr/{TENANT}"


@dataclass
class Sent:
    """A message a person sent, and how the bot took each delivery of it."""

    conversation: str  # without ";messageid="
    id: str
    root: str  # the thread in a channel, "" elsewhere
    activity: dict[str, Any]
    replies: list[Reply] = field(default_factory=list)

    @property
    def statuses(self) -> list[int]:
        return [reply.status for reply in self.replies]


class TeamsStandIn:
    """`async with TeamsStandIn() as teams`, then TeamsSettings(**teams.given) and `teams.bot_url` = the bot's /api/messages.

    `authenticated=False` is the playground's way: no token in, none out.
    """

    def __init__(self, *, faults: Faults | None = None, authenticated: bool = True) -> None:
        self.world, self.issuer, self.sender = World(), Issuer(), Sender()
        self.service = Service(self.world, self.issuer, faults or Faults(methods=CALLS))
        self.service.authenticated = self.authenticated = authenticated
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def faults(self) -> Faults:
        return self.service.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.service.faults = faults

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_url(self) -> str:
        return f"{self.url}{PREFIX}/"

    @property
    def given(self) -> dict[str, Any]:
        """What TeamsSettings needs to speak with this Microsoft."""
        here = {"service_hosts": ("127.0.0.1",), "openid_url": f"{self.url}/openid", "login_url": self.url}
        if not self.authenticated:
            return {"app_type": "None"} | here
        return {
            "app_id": APP_ID,
            "app_password": PASSWORD,
            "app_tenant_id": TENANT,
            "issuer": ISSUER,
            "scope": SCOPE,
        } | here

    @property
    def settings(self) -> TeamsSettings:
        return TeamsSettings(**self.given)

    @property
    def environment(self) -> dict[str, str]:
        """The same as variables, for a bot or worker that is a process of its own."""
        here = {"DAEDAP_TEAMS__OPENID_URL": f"{self.url}/openid", "DAEDAP_TEAMS__LOGIN_URL": self.url}
        here |= {"DAEDAP_TEAMS__SERVICE_HOSTS": '["127.0.0.1"]'}
        if not self.authenticated:
            return {"DAEDAP_TEAMS__APP_TYPE": "None"} | here
        who = {"MICROSOFT_APP_ID": APP_ID, "MICROSOFT_APP_PASSWORD": PASSWORD, "MICROSOFT_APP_TENANT_ID": TENANT}
        return who | here

    @property
    def bot_url(self) -> str:
        """Where activities go."""
        return self.sender.url

    @bot_url.setter
    def bot_url(self, url: str) -> None:
        self.sender.url = url

    async def start(self, port: int = 0, *, extra: list[web.RouteDef] | None = None) -> None:
        app = web.Application(client_max_size=8_000_000)
        app.add_routes([*self.service.routes(PREFIX), *self.issuer.routes(), *(extra or [])])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]
        self.issuer.url = self.url

    async def stop(self) -> None:
        await self.sender.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # What people do.

    async def mention(self, user: str, conversation: str, text: str, **how: Any) -> Sent:
        """Somebody names the bot in a channel or a group chat; `thread` = the root of the thread, `times` = deliveries."""
        return await self.say(user, conversation, f"{payloads.AT['text']} {text}", mentioned=True, **how)

    async def personal(self, user: str, text: str, **how: Any) -> Sent:
        """Somebody writes to the bot alone."""
        return await self.say(user, self.world.personal(user).id, text, **how)

    async def say(self, user: str, conversation: str, text: str, **how: Any) -> Sent:
        """Somebody says something; unless `mentioned`, without naming the bot (delivered with the RSC permission only).

        `thread`, `times` as above; `fields` override the activity's own.
        """
        sent = self.draft(user, conversation, text, mentioned=how.pop("mentioned", False), thread=how.pop("thread", ""))
        sent.activity |= how.pop("fields", {})
        return await self.redeliver(sent, **how)

    def draft(self, user: str, conversation: str, text: str, *, mentioned: bool = False, thread: str = "") -> Sent:
        """The same, but the bot is not told."""
        where = self.world.conversations[conversation]
        there = self.world.add(conversation + (f";messageid={thread}" if thread else ""), {"text": text}, bot=False)
        base = payloads.activity("message", self.service_url, user, where, root=there.root)
        there.activity = payloads.message(base, there.id, text, mentioned=mentioned)
        return Sent(conversation, there.id, there.root, dict(there.activity))

    async def redeliver(self, sent: Sent, *, times: int = 1) -> Sent:
        """The activity of a message again, all at once."""
        sent.replies += await asyncio.gather(*(self.deliver(sent.activity) for _ in range(times)))
        return sent

    async def deliver(self, activity: dict[str, Any]) -> Reply:
        """Any activity, signed as Teams signs."""
        return await self.sender.activity(activity, self.issuer.sign(self.service_url) if self.authenticated else "")

    async def feedback(self, user: str, message: Message, reaction: str = "like", words: Any = "") -> Reply:
        """Somebody presses a thumb below an answer, with a reason or without; `words` as Teams writes them."""
        base = self.event("invoke", user, message.conversation, root=message.root)
        return await self.deliver(payloads.feedback(base, message.id, reaction, words))

    def event(self, kind: str, user: str, conversation: str, *, root: str = "") -> dict[str, Any]:
        """An activity of another type, to be completed."""
        return payloads.activity(kind, self.service_url, user, self.world.conversations[conversation], root=root)

    def conversation(self, name: str, kind: str, **traits: Any) -> Conversation:
        """A conversation, made when there is none."""
        return self.world.add_conversation(Conversation(name, kind, **traits))

    # What people see.

    def reference(self, sent: Sent) -> dict[str, Any]:
        """The conversation reference that the bot keeps of a message."""
        given = sent.activity
        return {
            "activityId": sent.id,
            "bot": BOT,
            "user": given["from"],
            "conversation": given["conversation"],
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "locale": given["locale"],
        }

    def visible(self, conversation: str, root: str = "") -> list[Message]:
        """The bot's messages there that are not deleted, oldest first."""
        return self.world.visible(conversation, root)

    async def answer(self, sent: Sent, *, within: float = 20.0) -> Message:
        """The first of the bot's messages there, after it, that is no placeholder."""
        ends = time.monotonic() + within
        while time.monotonic() < ends:
            for message in self.visible(sent.conversation, sent.root):
                if message.text not in PLACEHOLDERS and int(message.id) > int(sent.id):
                    return message
            await asyncio.sleep(0.02)
        seen = [message.text for message in self.visible(sent.conversation, sent.root)]
        raise AssertionError(f"no answer in {within} s; visible: {seen}")
