"""An office with Daedap in it: stand-ins for Slack and the model, the bot and workers as processes, each behind doors that a test holds."""

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from redis.asyncio import Redis

from core import keys
from core.connect import connect
from core.health import worker_name
from core.ledger import Ledger
from core.messages import Address, Asker, Question
from tests.chaos.doors import Doors
from tests.chaos.history import Seen, seen
from tests.conftest import RedisServer
from tests.platforms.openai_server import OpenAIServer
from tests.platforms.slack.standin import Sent, SlackStandIn
from tests.platforms.slack.world import TEAM
from tests.scenarios.conftest import PEOPLE, slack_environment
from tests.scenarios.stack import Stack

QUESTION = "배우자 출산휴가는 며칠인가요?"
CHANNEL = "C0ALL"
QUEUES = "answers,maintenance"
RETRIES = (0.0, 0.5, 2.0, 5.0, 10.0, 20.0, 40.0)  # seconds; Slack's own are 0, 60, 300


class Building(Stack):
    """Each process finds Redis, Slack and the model at doors of its own."""

    def __init__(self, folder: Path, doors: Doors, **environment: str) -> None:
        super().__init__(folder, "", **environment)
        self._doors = doors

    def start(self, name: str, *arguments: str):
        self.environment |= self._doors.environment(name)
        return super().start(name, *arguments)


class Office:
    """Everything a chaos test breaks."""

    def __init__(self, slack: SlackStandIn, model: OpenAIServer, doors: Doors, stack: Building, redis: Redis) -> None:
        self.slack, self.model, self.doors, self.stack, self.redis = slack, model, doors, stack, redis
        self.workers: list[str] = []
        self._coming: set[asyncio.Task] = set()

    # What people do.

    async def ask(self, number: int, *, after: float = 0.0, times: int = 2) -> Sent:
        """A mention, which Slack delivers `times` times under each of two kinds."""
        await asyncio.sleep(after)
        return await self.slack.mention("U0TOM", CHANNEL, words(number), times=times)

    def written(self, number: int) -> Sent:
        """A question that Slack has not told us of."""
        message = self.slack.world.add(CHANNEL, "U0TOM", f"<@U0BOT> {words(number)}")
        return Sent(CHANNEL, message.ts, message.ts)

    async def admit(self, number: int = 0) -> Question:
        """A question in the ledger whose wake-up was lost."""
        sent = self.written(number)
        question = as_admitted(sent, number)
        assert await Ledger(self.redis).admit(question)
        return question

    # What happens to processes.

    async def employ(self, name: str, **environment: str) -> None:
        """One more worker, behind doors of its own."""
        await self.doors.make(name)
        self.stack.environment |= environment
        self.stack.start_worker(name, QUEUES)
        self.workers.append(name)

    async def kill(self, name: str) -> None:
        """With -9, and back as soon as a supervisor would notice."""
        process = self.stack.processes[name]
        process.kill()
        await asyncio.to_thread(process.wait)
        self._again(name, process)

    def kill_now(self, name: str) -> None:
        """The same, without waiting for it."""
        self.stack.processes[name].kill()
        coming = asyncio.create_task(self.kill(name))
        self._coming.add(coming)
        coming.add_done_callback(self._coming.discard)

    async def stop(self, name: str, seconds: float) -> None:
        """SIGSTOP for some time."""
        process = self.stack.processes[name]
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    async def replace(self, name: str) -> int:
        """SIGTERM, and a new one once it has ended; its exit status."""
        process = self.stack.processes[name]
        process.terminate()
        code = await asyncio.to_thread(process.wait, 40)
        self._again(name, process)
        return code

    async def supervise(self) -> None:
        """Start what ends, as a bot that finds no Redis does."""
        while True:
            await asyncio.sleep(1.0)
            for name, process in list(self.stack.processes.items()):
                if process.poll() is not None:
                    self._again(name, process)

    async def standing(self, workers: int) -> bool:
        """The bot hears, and so many of the workers' loops beat."""
        beating = [
            await self.redis.exists(keys.WORKERS + worker_name(QUEUES, self._pid(name))) for name in self.workers
        ]
        return sum(beating) >= workers and (await asyncio.to_thread(self.stack.get, "/healthz"))[0] == 200

    def _pid(self, name: str) -> int:
        return self.stack.processes[name].pid

    def _again(self, name: str, dead: subprocess.Popen) -> None:
        if self.stack.processes[name] is dead:  # else somebody else has started it meanwhile
            self.stack.start(name, *cast("list[str]", dead.args)[2:])

    # What can be seen.

    async def until(self, happens, seconds: float = 60.0) -> None:
        """Wait until a coroutine function gives true."""
        ends = time.monotonic() + seconds
        while not await happens():
            assert time.monotonic() < ends, f"not within {seconds} s: {happens.__name__}\n{self.stack.logs()}"
            await asyncio.sleep(0.1)

    async def ready(self, seconds: float = 60.0) -> None:
        await asyncio.to_thread(self.stack.until_ready, seconds)

    async def record(self, asked: Sent | Question) -> dict[str, str]:
        return dict(await Ledger(self.redis).state(asked.job if isinstance(asked, Question) else job(asked)))

    async def idle(self) -> bool:
        """No job is open."""
        return (await Ledger(self.redis).waiting())[0] == 0

    def seen(self, asked: Sent | Question) -> Seen:
        return seen(self.slack, asked if isinstance(asked, Sent) else _where(asked))

    def text(self, asked: Sent | Question) -> str:
        """The first message that stands there."""
        where = asked if isinstance(asked, Sent) else _where(asked)
        return self.slack.visible(where.channel, where.thread)[0].text

    async def answered(self, asked: Sent | Question, seconds: float = 40.0) -> Seen:
        """Once it has an answer."""
        ends = time.monotonic() + seconds
        while not self.seen(asked).answers:
            assert time.monotonic() < ends, f"no answer in {seconds} s\n{self.stack.logs()}"
            await asyncio.sleep(0.05)
        return self.seen(asked)

    async def faultless(self, *asked: Sent | Question) -> None:
        """The promise was kept to each, and Redis keeps no promise and no words of them."""
        await self.until(self.idle)
        for one in asked:
            assert self.seen(one).kept, self.seen(one)
            record = await self.record(one)
            assert record["state"] in ("done", "dead") and not {"work", "answer"} & set(record), record

    async def stop_all(self) -> None:
        for task in self._coming:
            task.cancel()
        await asyncio.gather(*self._coming, return_exceptions=True)
        self.stack.stop()


def words(number: int) -> str:
    return f"{QUESTION} ({number})"


def job(sent: Sent) -> str:
    return f"slack:{TEAM}:{sent.channel}:{sent.ts}"


def as_admitted(sent: Sent, number: int) -> Question:
    address = Address(platform="slack", tenant=TEAM, channel=sent.channel, thread=sent.thread)
    asker, at = Asker(id="U0TOM"), float(sent.ts)
    return Question(address=address, message=sent.ts, at=at, asker=asker, language="ko", text=words(number))


def _where(question: Question) -> Sent:
    return Sent(question.address.channel, question.message, question.address.thread)


@asynccontextmanager
async def office(
    folder: Path,
    knowledge: Path,
    server: RedisServer,
    *,
    thinks: tuple[float, float],
    workers: tuple[str, ...] = ("one",),
    **environment: str,
) -> AsyncIterator[Office]:
    """Bot and workers, ready."""
    model = OpenAIServer(reply="유급 25일입니다 [1]. ({unique})", thinks=thinks)
    await model.start()
    redis = connect(server.url)
    async with SlackStandIn() as slack:
        slack.channel(CHANNEL, PEOPLE)
        slack.sender.retries = RETRIES
        doors = Doors(server.port, slack, model)
        settings = {"DAEDAP_DATA_DIR": str(knowledge), "DAEDAP_LLM": "openai:test", "OPENAI_API_KEY": "test-key"}
        settings["DAEDAP_LIMITS"] = '{"person": 0, "channel": 0}'
        stack = Building(folder, doors, **slack_environment(slack), **settings, **environment)
        here = Office(slack, model, doors, stack, redis)
        doors.kill = here.kill_now
        try:
            await doors.make("bot")
            stack.start_bot()
            for name in workers:
                await here.employ(name)
            await here.ready()
            slack.bot_url = f"{stack.url}/slack/events"
            yield here
        finally:
            print(stack.logs())
            await here.stop_all()
            await redis.aclose()
            await doors.close()
            await model.stop()
