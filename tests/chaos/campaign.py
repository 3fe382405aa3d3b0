"""A campaign: questions come, everything breaks, and at the end every question has exactly one answer."""

import asyncio
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass

from core import keys
from tests.chaos.history import Tally, tally
from tests.chaos.office import Office
from tests.conftest import RedisServer
from tests.platforms.slack.standin import Sent
from tests.platforms.slack.world import TEAM

SLACK = {"limited": 0.05, "broken": 0.05, "reset": 0.05}  # shares of the calls
EVERY = 2.8  # seconds between two faults
BAG = {  # what breaks, and how often beside the others
    "worker killed": 9,
    "bot killed": 3,
    "worker stopped longer than its lease": 3,
    "Redis killed": 2,
    "Redis frozen": 2,
    "worker's connections half-open": 2,
    "bot's connections half-open": 1,
    "every connection cut": 2,
    "wake-ups lost on their way": 4,
    "Redis slow": 2,
    "worker replaced": 2,
}


@dataclass
class Campaign:
    """`questions` over some time, each delivered one to four times under each of two kinds, through a bad Slack."""

    here: Office
    server: RedisServer
    seed: int = 1

    async def run(self, questions: int, *, pause: float, patience: float = 90.0) -> Tally:
        self.random, self.broken, self.begun = random.Random(self.seed), Counter(), time.monotonic()  # type: ignore[var-annotated]
        self.here.slack.faults.chances = SLACK
        asking = [asyncio.create_task(self._ask(number, number * pause)) for number in range(questions)]
        breaking, supervising = asyncio.create_task(self._break()), asyncio.create_task(self.here.supervise())
        try:
            sent = await asyncio.gather(*asking)
        finally:
            breaking.cancel()
            await asyncio.gather(breaking, return_exceptions=True)
            supervising.cancel()
        await self.here.redis.connection_pool.disconnect()  # those of before Redis was killed
        await self._settled(sent, patience)
        return await self._judged(sent)

    async def _ask(self, number: int, after: float) -> Sent:
        return await self.here.ask(number, after=after, times=random.Random(number).randint(1, 4))

    async def _break(self) -> None:
        """One fault after the other, drawn from the bag until it is empty, then from a full one."""
        running: set[asyncio.Task] = set()
        bag: list[str] = []
        try:
            while True:
                await asyncio.sleep(self.random.uniform(0.6, 1.4) * EVERY)
                if not bag:
                    bag = [name for name, count in BAG.items() for _ in range(count)]
                    self.random.shuffle(bag)
                name = bag.pop()
                self.broken[name] += 1
                running.add(asyncio.create_task(self._fault(name)))
        finally:
            await asyncio.gather(*running)  # what was stopped goes on, what was killed is back

    async def _fault(self, name: str) -> None:
        here, worker = self.here, self.random.choice(self.here.workers)
        match name:
            case "worker killed":
                await here.kill(worker)
            case "bot killed":
                await here.kill("bot")
            case "worker stopped longer than its lease":
                await here.stop(worker, 5.0)
            case "worker replaced":
                await here.replace(worker)
            case "Redis killed":
                await self._redis_killed()
            case "Redis frozen":
                await self._redis_frozen()
            case _:
                await self._network(name, worker)

    async def _network(self, name: str, worker: str) -> None:
        doors = self.here.doors.proxies
        match name:
            case "worker's connections half-open":
                doors[worker].freeze(whole=False)
            case "bot's connections half-open":
                doors["bot"].freeze(whole=False)
            case "every connection cut":
                for door in doors.values():
                    door.cut()
            case "wake-ups lost on their way":
                doors[worker].losing += 3
            case "Redis slow":
                doors[worker].latency = doors["bot"].latency = 0.05
                await asyncio.sleep(4.0)
                doors[worker].latency = doors["bot"].latency = 0.0

    async def _redis_killed(self) -> None:
        await asyncio.to_thread(self.server.stop)
        await asyncio.sleep(1.0)
        await asyncio.to_thread(self.server.start)

    async def _redis_frozen(self) -> None:
        self.server.signal(signal.SIGSTOP)
        await asyncio.sleep(4.0)
        self.server.signal(signal.SIGCONT)

    async def _settled(self, sent: list[Sent], patience: float) -> None:
        ends = time.monotonic() + patience
        while time.monotonic() < ends:
            if await self.here.idle() and all(self.here.seen(one).answers for one in sent):
                return
            await asyncio.sleep(0.5)

    async def _judged(self, sent: list[Sent]) -> Tally:
        found = tally([self.here.seen(one) for one in sent])
        found.open = len(await self.here.redis.zrange(keys.due(TEAM), 0, -1))
        names = [name async for name in self.here.redis.scan_iter(match=keys.job(TEAM, "*"), count=1000)]
        states = [await self.here.redis.hget(name, "state") for name in names]
        found.unended = sum(state not in ("done", "dead") for state in states)
        found.unheard = sum(status != 200 for one in sent for status in one.statuses)
        found.faults = dict(sorted(self.broken.items()))
        return found
