"""An office with Daedap in it: a stand-in Slack, a slow model, the bot and workers as processes; and what Redis holds of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from core import keys
from core.connect import connect
from core.ledger import Ledger
from core.messages import Address, Asker, Question
from tests.platforms.openai_server import OpenAIServer
from tests.platforms.slack.standin import PLACEHOLDERS, Sent, SlackStandIn
from tests.platforms.slack.world import TEAM, Message
from tests.scenarios.conftest import PEOPLE, slack_environment
from tests.scenarios.stack import Stack

QUESTION = "배우자 출산휴가는 며칠인가요?"


@dataclass
class Office:
    """Everything a chaos test breaks."""

    slack: SlackStandIn
    stack: Stack
    model: OpenAIServer
    redis: Redis

    async def ask(self, number: int, *, after: float = 0.0, times: int = 2) -> Sent:
        await asyncio.sleep(after)
        return await self.slack.mention("U0TOM", "C0ALL", f"{QUESTION} ({number})", times=times)

    async def admit(self, number: int = 0) -> Question:
        """A question in the ledger whose wake-up was lost."""
        message = self.slack.world.add("C0ALL", "U0TOM", QUESTION)
        address = Address(platform="slack", tenant=TEAM, channel="C0ALL", thread=message.ts)
        asker, at = Asker(id="U0TOM"), float(message.ts)
        question = Question(
            address=address, message=message.ts, at=at, asker=asker, language="ko", text=f"{QUESTION} ({number})"
        )
        assert await Ledger(self.redis).admit(question)
        return question

    async def until(self, happens, seconds: float = 60.0) -> None:
        """Wait until a coroutine function gives true."""
        ends = time.monotonic() + seconds
        while not await happens():
            assert time.monotonic() < ends, f"not within {seconds} s: {happens.__name__}\n{self.stack.logs()}"
            await asyncio.sleep(0.1)

    async def record(self, question: Question) -> dict[str, str]:
        return dict(await Ledger(self.redis).state(question.job))

    async def beating(self) -> int:
        """How many workers say that they live."""
        return len([name async for name in self.redis.scan_iter(match=keys.WORKERS + "*")])

    async def idle(self) -> bool:
        """No job is open."""
        return (await Ledger(self.redis).waiting())[0] == 0

    def answers(self, sent: Sent | Question) -> list[Message]:
        channel, thread = (
            (sent.channel, sent.thread) if isinstance(sent, Sent) else (sent.address.channel, sent.address.thread)
        )
        return [one for one in self.slack.visible(channel, thread) if one.text not in PLACEHOLDERS]

    async def faultless(self, *asked: Sent | Question) -> None:
        """Each has one answer, whose text never changed, no placeholder is left, and Redis keeps no promise and no words."""
        await self.until(self.idle)
        for sent in asked:
            [answer] = self.answers(sent)
            assert len(set(answer.versions) - PLACEHOLDERS) == 1, answer.versions
            thread = sent.thread if isinstance(sent, Sent) else sent.address.thread
            assert len(self.slack.visible("C0ALL", thread)) == 1, "a stray placeholder"
        names = [name async for name in self.redis.scan_iter(match=keys.job(TEAM, "*"))]
        assert len(names) == len(asked)
        for name in names:
            assert await self.redis.hget(name, "state") in ("done", "dead")
            assert not await self.redis.hexists(name, "work") and not await self.redis.hexists(name, "answer")


@asynccontextmanager
async def office(
    folder: Path, knowledge: Path, redis_url: str, *, thinks: tuple[float, float], workers: tuple[str, ...] = ("one",)
) -> AsyncIterator[Office]:
    """Bot and workers, ready."""
    model = OpenAIServer(reply="유급 25일입니다 [1]. ({unique})", thinks=thinks)
    await model.start()
    redis = connect(redis_url)
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        environment = slack_environment(slack) | {
            "DAEDAP_DATA_DIR": str(knowledge),
            "DAEDAP_LLM": "openai:test",
            "OPENAI_API_KEY": "test-key",
            "OPENAI_BASE_URL": model.url,
        }
        stack = Stack(folder, redis_url, **environment)
        try:
            stack.start_bot()
            for name in workers:
                stack.start_worker(name)
            await asyncio.to_thread(stack.until_ready)
            slack.bot_url = f"{stack.url}/slack/events"
            yield Office(slack, stack, model, redis)
        finally:
            print(stack.logs())
            stack.stop()
            await redis.aclose()
            await model.stop()
