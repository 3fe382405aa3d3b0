"""One stack that every attack meets: what an attack leaves behind, the next one finds, and it must still answer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from redis.asyncio import Redis

from core import keys
from core.connect import connect
from core.ledger import Ledger
from tests.attacks.model import HostileModel
from tests.conftest import RedisServer
from tests.platforms.slack.standin import PLACEHOLDERS, Sent, SlackStandIn
from tests.platforms.slack.world import TEAM, Message
from tests.scenarios.conftest import PEOPLE, knowledge, slack_environment
from tests.scenarios.stack import Stack

__all__ = ["knowledge"]  # the fixture

QUESTION = "배우자 출산휴가는 며칠인가요?"
ANSWER = "배우자 출산휴가는 유급 25일입니다 [1]."
SECONDS = 8  # for one attempt at an answer, so that a model that never ends is given up soon


@dataclass
class Target:
    """The stack, and what is seen of it from outside."""

    slack: SlackStandIn
    stack: Stack
    model: HostileModel
    redis: Redis
    pids: dict[str, int] = field(default_factory=dict)

    async def ask(self, text: str = QUESTION, *, user: str = "U0TOM", **how: Any) -> Message:
        """The answer to a question in the channel."""
        return await self.slack.answer(await self.slack.mention(user, "C0ALL", text, **how), within=40)

    async def unharmed(self) -> None:
        """The same processes as at the start live, and answer."""
        alive = {name: process.pid for name, process in self.stack.processes.items() if process.poll() is None}
        assert alive == self.pids, self.stack.logs()
        answer = await self.ask(f"{QUESTION} ({self.slack.world.stamp()})")
        assert "25일" in answer.text

    async def jobs(self) -> set[str]:
        """The names of all records."""
        return {name async for name in self.redis.scan_iter(match=keys.job(TEAM, "*"))}

    async def idle(self, seconds: float = 30.0) -> None:
        """Wait until no job is open."""
        for _ in range(int(seconds * 10)):
            if (await Ledger(self.redis).waiting())[0] == 0:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"jobs are still open after {seconds} s\n{self.stack.logs()}")

    def answers(self, sent: Sent) -> list[Message]:
        """Everything but placeholders beneath a message."""
        return [one for one in self.slack.visible(sent.channel, sent.thread) if one.text not in PLACEHOLDERS]

    def log(self, name: str) -> str:
        """All that a process has logged."""
        return (self.stack.folder / f"{name}.log").read_text()


@dataclass
class Recorder:
    """A server of somebody else's on loopback: what it is asked is kept."""

    url: str = ""
    asked: list[str] = field(default_factory=list)

    async def note(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.path_qs}")
        return web.Response(text="ok")


@pytest_asyncio.fixture(loop_scope="session")
async def elsewhere() -> AsyncIterator[Recorder]:
    recorder = Recorder()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", recorder.note)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    recorder.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield recorder
    await runner.cleanup()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def target(knowledge: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Target]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    model = HostileModel(reply=ANSWER)
    await model.start()
    redis = connect(server.url)
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        environment = slack_environment(slack) | model.environment | {"DAEDAP_DATA_DIR": str(knowledge)}
        environment["DAEDAP_ANSWER_SECONDS"] = str(SECONDS)
        stack = Stack(tmp_path_factory.mktemp("logs"), server.url, **environment)
        try:
            stack.start_bot()
            stack.start_worker()
            await asyncio.to_thread(stack.until_ready)
            slack.bot_url = f"{stack.url}/slack/events"
            pids = {name: process.pid for name, process in stack.processes.items()}
            yield Target(slack, stack, model, redis, pids)
        finally:
            print(stack.logs())
            stack.stop()
            await redis.aclose()
            await asyncio.sleep(0.1)  # until its sockets are closed, too
            await model.stop()
            server.stop()
