"""Load on a real stack: so many events or questions a second, whoever is slow; used by short tests and by `bench/load.py`."""

import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.connect import connect
from core.ledger import Ledger
from tests.platforms.openai_server import OpenAIServer
from tests.platforms.slack.standin import PLACEHOLDERS, Sent, SlackStandIn
from tests.platforms.slack.world import Message
from tests.scenarios.conftest import PEOPLE, slack_environment
from tests.scenarios.stack import Stack

LEAVE = "배우자 출산휴가는 며칠인가요?"


@dataclass
class Asked:
    """What was sent, and when."""

    sent: Sent
    at: float


@dataclass
class Hall:
    """A bot and one worker with a slow model, and a Slack full of people."""

    slack: SlackStandIn
    stack: Stack
    model: OpenAIServer
    asked: list[Asked] = field(default_factory=list)

    async def ask(self, user: str, text: str = LEAVE, *, channel: str = "") -> Asked:
        """Directly, or with `channel` by a mention there."""
        at = time.monotonic()
        sent = await (self.slack.mention(user, channel, text) if channel else self.slack.dm(user, text))
        self.asked.append(Asked(sent, at))
        return self.asked[-1]

    async def drained(self, seconds: float) -> None:
        """Wait until no job is open."""
        redis = connect(self.stack.environment["REDIS_URL"])
        ends = time.monotonic() + seconds
        try:
            while (open_ := (await Ledger(redis).waiting())[0]) and time.monotonic() < ends:
                await asyncio.sleep(0.2)
        finally:
            await redis.aclose()
        assert not open_, f"{open_} jobs are still open after {seconds} s"

    async def admitted(self) -> int:
        """How many jobs are in the ledger."""
        redis = connect(self.stack.environment["REDIS_URL"])
        try:
            return len([name async for name in redis.scan_iter(match="daedap:*:job:*", count=1000)])
        finally:
            await redis.aclose()

    def answers(self, asked: list[Asked]) -> list[list[Message]]:
        """The bot's messages that stand for each question, placeholders too."""
        stand: dict[tuple[str, str], list[Message]] = defaultdict(list)
        for message in self.slack.world.messages:
            if message.bot and not message.deleted:
                stand[message.channel, message.thread].append(message)
        return [stand[one.sent.channel, one.sent.thread] for one in asked]

    def seconds(self, asked: list[Asked]) -> list[float]:
        """From question to answer, sorted; where somebody has just one in their direct conversation."""
        found = zip(asked, self.answers(asked), strict=True)
        return sorted(_answered(message) - one.at for one, [message] in found)


def _answered(message: Message) -> float:
    return next(at for at, text in zip(message.since, message.versions, strict=True) if text not in PLACEHOLDERS)


def percentile(sorted_: list[float], share: float) -> float:
    return sorted_[min(len(sorted_) - 1, int(len(sorted_) * share))]


@dataclass(frozen=True)
class Acks:
    """How events were acknowledged."""

    statuses: set[int]
    deliveries: int
    seconds: list[float]

    def __str__(self) -> str:
        p50, p99 = statistics.median(self.seconds) * 1000, percentile(self.seconds, 0.99) * 1000
        worst = self.seconds[-1] * 1000
        return f"{self.deliveries} deliveries, statuses {sorted(self.statuses)}; ms p50 {p50:.0f}, p99 {p99:.0f}, most {worst:.0f}"


def acks(asked: list[Asked]) -> Acks:
    replies = [reply for one in asked for attempts in one.sent.replies for reply in attempts]
    return Acks({reply.status for reply in replies}, len(replies), sorted(reply.seconds for reply in replies))


async def at_rate(rate: float, seconds: float, deed: Callable[[int], Coroutine[Any, Any, Asked]]) -> list[Asked]:
    """Open loop: so many a second, whether or not earlier ones have ended."""
    begun, tasks = time.monotonic(), []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        tasks.append(asyncio.create_task(deed(number)))
    return list(await asyncio.gather(*tasks))


@asynccontextmanager
async def hall(folder: Path, knowledge: Path, redis_url: str, model: OpenAIServer, **more: str) -> AsyncIterator[Hall]:
    """Ready, with its first question answered."""
    await model.start()
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        environment = slack_environment(slack) | {"DAEDAP_DATA_DIR": str(knowledge), "DAEDAP_LLM": "openai:test"}
        environment |= {"OPENAI_API_KEY": "test-key", "OPENAI_BASE_URL": model.url, "DAEDAP_LEASE_SECONDS": "6", **more}
        stack = Stack(folder, redis_url, **environment)
        try:
            stack.start_bot()
            stack.start_worker()
            await asyncio.to_thread(stack.until_ready)
            slack.bot_url = f"{stack.url}/slack/events"
            yield Hall(slack, stack, model)
        finally:
            stack.stop()
            await model.stop()
