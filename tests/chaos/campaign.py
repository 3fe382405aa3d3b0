"""A campaign: questions come, things break, and at the end every question has exactly one answer."""

import asyncio
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field

from core.connect import connect
from core.ledger import Ledger
from tests.platforms.slack.standin import PLACEHOLDERS, Sent, SlackStandIn
from tests.scenarios.stack import Stack


@dataclass
class Outcome:
    """What is left when the dust has settled."""

    questions: int = 0
    kills: int = 0
    answers: Counter = field(default_factory=Counter)  # visible answers of a question -> how many questions
    strays: int = 0  # placeholders still shown
    changed: int = 0  # answers whose text changed after it was shown
    waiting: int = 0  # jobs still open
    slowest: float = 0.0  # seconds from question to answer

    @property
    def faultless(self) -> bool:
        return self.answers == Counter({1: self.questions}) and not (self.strays or self.changed or self.waiting)


class Campaign:
    """Asks `questions` in a channel over some time, each delivered one to four times, while workers are killed."""

    def __init__(self, slack: SlackStandIn, stack: Stack, *, workers: int = 2, seed: int = 1) -> None:
        self.slack, self.stack, self.random = slack, stack, random.Random(seed)
        self.workers = [f"worker{number}" for number in range(workers)]
        self.outcome, self.sent = Outcome(), []  # type: ignore[var-annotated]

    async def run(self, questions: int, *, pause: float, kill_every: float, patience: float = 90.0) -> Outcome:
        killing = asyncio.create_task(self._kill(kill_every))
        asking = [asyncio.create_task(self._ask(number, number * pause)) for number in range(questions)]
        try:
            await asyncio.gather(*asking)
            await self._settle(patience, killing)
        finally:
            killing.cancel()
        return await self._counted(questions)

    async def _ask(self, number: int, after: float) -> None:
        await asyncio.sleep(after)
        times = self.random.randint(1, 4)
        asked = time.monotonic()
        sent = await self.slack.mention("U0TOM", "C0ALL", f"배우자 출산휴가는 며칠인가요? ({number})", times=times)
        self.sent.append(sent)
        while not self._answers(sent) and time.monotonic() - asked < 120:
            await asyncio.sleep(0.1)
        self.outcome.slowest = max(self.outcome.slowest, time.monotonic() - asked)

    async def _kill(self, every: float) -> None:
        while True:
            await asyncio.sleep(self.random.uniform(0.5, 1.5) * every)
            name = self.random.choice(self.workers)
            process = self.stack.processes[name]
            process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait)
            self.outcome.kills += 1
            self.stack.start_worker(name)

    async def _settle(self, patience: float, killing: asyncio.Task) -> None:
        killing.cancel()
        redis = connect(self.stack.environment["REDIS_URL"])
        ends = time.monotonic() + patience
        while (await Ledger(redis).waiting())[0] and time.monotonic() < ends:
            await asyncio.sleep(0.2)
        self.outcome.waiting = (await Ledger(redis).waiting())[0]
        await redis.aclose()

    def _answers(self, sent: Sent) -> list:
        return [one for one in self.slack.visible(sent.channel, sent.thread) if one.text not in PLACEHOLDERS]

    async def _counted(self, questions: int) -> Outcome:
        self.outcome.questions = questions
        for sent in self.sent:
            visible = self.slack.visible(sent.channel, sent.thread)
            answers = self._answers(sent)
            self.outcome.answers[len(answers)] += 1
            self.outcome.strays += len(visible) - len(answers)
            self.outcome.changed += sum(len(set(one.versions) - PLACEHOLDERS) > 1 for one in answers)
        return self.outcome
