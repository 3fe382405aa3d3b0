"""The page on a real port, and a stand-in for the worker on the real ledger and the real delivery."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.intake import Intake
from bot.playground.routes import playground_routes
from bot.wakeup import Wakeup
from core import keys
from core.connect import connect
from core.errors import LeaseLost, Transient
from core.events import publish
from core.health import beat
from core.ledger import Claim, Ledger
from core.messages import Answer, Forget, Question, View
from core.settings import Settings
from platforms.playground.directory import Directory
from tests.conftest import free_port
from tests.e2e.handbook import ASKED, ASKED_BAND, DOCUMENTS, answer_to
from tests.e2e.reindexer import Reindexer
from workers.delivery.playground import PlaygroundDelivery

PEOPLE = """
[people.mina]
name = "김미나"
language = "ko"
admin = true

[people.jiwon]
name = "한지원"
groups = ["hr"]
language = "ko"
"""
SUGGESTED = {
    ASKED: "ko",
    "성수 사무실에 손님이 오면 주차는 어떻게 하나요?": "ko",
    ASKED_BAND: "ko",
    "How many days of leave can I carry over?": "en",
    "Who approves an expense above 500 euros?": "en",
    "What does error code E204 on the OB-120 mean?": "en",
}
QUESTIONS = "".join(
    f'[[questions]]\ntext = "{text}"\nlanguage = "{language}"\n' for text, language in SUGGESTED.items()
)


class Worker:
    """Answers what tests/e2e/handbook.py knows; led `by_hand`, it takes each step only when told to `go_on`."""

    def __init__(self, redis: Redis, people: Directory) -> None:
        self.redis, self.people, self.gate = redis, people, asyncio.Semaphore(1_000_000)
        self.ledger, self.delivery = Ledger(redis, lease=1.0), PlaygroundDelivery(redis)
        self.heard: list[Question | View | Forget] = []

    def by_hand(self) -> None:
        self.gate = asyncio.Semaphore(0)

    def go_on(self, steps: int = 1) -> None:
        for _ in range(steps):
            self.gate.release()

    async def run(self) -> None:
        while True:
            with suppress(RedisError, Transient, LeaseLost):
                await beat(self.redis, "stand-in", "answers")
                for job in await self.redis.zrange(keys.due("local"), 0, -1):
                    is_ours = (await self.ledger.state(job)).get("kind") != "reindex"
                    if is_ours and (claim := await self.ledger.claim(job)):
                        await self._work(claim)
            await asyncio.sleep(0.02)

    async def _work(self, claim: Claim) -> None:
        assert isinstance(claim.work, Question | View | Forget)
        self.heard.append(claim.work)
        match claim.work:
            case View() as view:
                await self._show(view)
            case Forget():
                await self.delivery.finish(claim, Answer(text="forgotten", known=True, language="ko"))
            case Question() as question:
                await self._answer(claim, question)
        await claim.finish()

    async def _answer(self, claim: Claim, question: Question) -> None:
        answer = answer_to(question.text, self.people.principals(question.asker.id))
        await self.delivery.begin(claim)
        for step, count in (("searching", 0), ("reading", 8), ("writing", 0)):
            await self.gate.acquire()
            await self.delivery.step(claim, step, count)
        await self.gate.acquire()
        await self.delivery.draft(claim, answer.text.split("\n\n")[0])
        await self.gate.acquire()
        await self.delivery.finish(claim, answer)

    async def _show(self, view: View) -> None:
        title, text, readers = DOCUMENTS[view.document]
        if readers & self.people.principals(view.asker.id):
            shown = {"title": title, "url": "", "language": "ko", "text": text, "start": view.start, "end": view.end}
            groups = sorted(name.removeprefix("group:") for name in readers - {"public"})
            await publish(self.redis, view.job, "view", found=True, public="public" in readers, groups=groups, **shown)
        else:
            await publish(self.redis, view.job, "view", found=False)
        await publish(self.redis, view.job, "end")


class Site:
    """A running page: `url`, its workers, and the tasks in which those work."""

    def __init__(self, url: str, worker: Worker, reindexer: Reindexer) -> None:
        self.url, self.worker, self.reindexer = url, worker, reindexer
        self.work_again()

    async def stop_working(self) -> None:
        while pending := [task for task in self.working if not task.done()]:
            for task in pending:
                task.cancel()  # redis-py swallows one while it connects
            await asyncio.wait(pending, timeout=0.2)
        await self.worker.redis.delete(keys.WORKERS + "stand-in")

    def work_again(self) -> None:
        self.working = [asyncio.create_task(one.run()) for one in (self.worker, self.reindexer)]


@asynccontextmanager
async def site(redis_url: str, folder: Path, **changes: object) -> AsyncIterator[Site]:
    """The page as the bot serves it, for one test."""
    (folder / "people.toml").write_text(PEOPLE, encoding="utf-8")
    (folder / "questions.toml").write_text(QUESTIONS, encoding="utf-8")
    port = free_port()
    usual = {"people": folder / "people.toml", "bind": f"127.0.0.1:{port}", "limits": {"person": 0, "channel": 0}}
    settings = Settings(**(usual | changes))  # type: ignore[arg-type]
    redis, wakeup = connect(redis_url, timeout=5.0), Wakeup(redis_url)
    app = web.Application()
    app.add_routes(playground_routes(Intake(settings, Ledger(redis), wakeup), redis))
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    working = connect(redis_url)
    workers = Worker(working, Directory(settings.people)), Reindexer(working)
    running = Site(f"http://127.0.0.1:{port}", *workers)
    try:
        yield running
    finally:
        await running.stop_working()
        await runner.cleanup()
        await working.aclose()
        await redis.aclose()
        wakeup.close()
