"""Every process reaches Redis, Slack and the model through doors of its own, so that a test sees who does what, and may stop it there."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.chaos.redis_proxy import RedisProxy, When
from tests.chaos.resp import Command
from tests.platforms.openai_server import OpenAIServer
from tests.platforms.slack.methods import Call
from tests.platforms.slack.standin import SlackStandIn

REPLAY = b"-"  # an error of Redis: what was asked did not happen


@dataclass
class Trap:
    """Kills the process that does `what` ("claim", "chat.update", "model"...) for one question, once.

    `when`: "before" = it was sent and nothing came of it; "after" = it was carried out and the reply is lost; of the model
    also "midway". `mark` is what tells the question: its message's ts or its number. `then`: seconds after the reply went on.
    """

    what: str
    when: str
    marks: tuple[str, ...]
    holds: str = ""
    nth: int = 1
    then: float | None = None
    sprung: str = ""  # who was killed
    at: float = 0.0  # when, time.monotonic()

    def fits(self, what: str, when: str, text: str) -> bool:
        if self.sprung or (self.what, self.when) != (what, when) or self.holds not in text:
            return False
        if not any(mark in text for mark in self.marks):
            return False
        self.nth -= 1
        return self.nth == 0


class Doors:
    """`kill(name)` is called where a trap springs."""

    def __init__(self, redis: int, slack: SlackStandIn, model: OpenAIServer) -> None:
        self._redis, self._slack, self._model = redis, slack, model
        self.proxies: dict[str, RedisProxy] = {}
        self.traps: list[Trap] = []
        self.kill: Callable[[str], None] = lambda _name: None
        slack.watch, model.watch = self._slack_called, self._model_asked

    async def make(self, name: str) -> None:
        """A process that is to come."""
        if name not in self.proxies:
            self.proxies[name] = RedisProxy(self._redis, watch=partial(self._redis_asked, name))
            await self.proxies[name].start()

    async def close(self) -> None:
        for proxy in self.proxies.values():
            await proxy.stop()

    def environment(self, name: str) -> dict[str, str]:
        """Where it finds everything."""
        return {
            "REDIS_URL": self.proxies[name].url,
            "SLACK_API_URL": self._slack.api_url_of(name),
            "OPENAI_BASE_URL": self._model.url.replace("/v1", f"/as/{name}/v1"),
        }

    async def _redis_asked(self, name: str, command: Command, when: When, reply: bytes) -> bool:
        if not self.traps or reply.startswith(REPLAY):
            return True
        return self._passes(name, command.name, when, (command.raw + reply).decode(errors="replace"))

    async def _slack_called(self, call: Call, when: When) -> bool:
        if not self.traps:
            return True
        standing = self._slack.world.find(str(call.arguments.get("channel")), str(call.arguments.get("ts")))
        text = json.dumps([call.arguments, standing and standing.metadata], ensure_ascii=False)
        return self._passes(call.caller, call.method, when, text)

    async def _model_asked(self, caller: str, body: dict, when: str) -> None:
        self._passes(caller, "model", when, json.dumps(body, ensure_ascii=False))

    def _passes(self, name: str, what: str, when: str, text: str) -> bool:
        trap = next((trap for trap in self.traps if trap.fits(what, when, text)), None)
        if trap is None:
            return True
        trap.sprung, trap.at = name, time.monotonic() + (trap.then or 0.0)
        self.traps.remove(trap)
        if trap.then is None:
            self.kill(name)
        else:
            asyncio.get_running_loop().call_later(trap.then, self.kill, name)
        return trap.then is not None
