"""What `daedap up` does once it serves: reads the documents, asks a question in each language and shows the answers."""

import asyncio
import time
import tomllib
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from rich.console import Console
from rich.markup import escape

from bot.wakeup import Wakeup
from cli.show import print_answer
from core.connect import connect
from core.events import follow
from core.ledger import Ledger
from core.messages import Address, Answer, Asker, Question, Reindex, Work
from core.reindexing import status
from core.said import reply_language
from core.settings import Settings

PATIENT = 600.0  # seconds the first reading may take without a word


async def greet(settings: Settings, redis_url: str, base_url: str) -> None:
    """Read what changed, ask the sample questions through the ledger and the worker, print it all."""
    console = Console(highlight=False)
    async with _door(settings, redis_url) as door:
        read = await door.result(_reindex(settings))
        console.print(f"[dim]{escape(read.text)}[/]")
        while (await status(door.redis)).running:  # a run that an earlier start had left goes on first
            await asyncio.sleep(0.5)
        for text in _questions(settings):
            started = time.monotonic()
            given = await door.result(_question(text, settings))
            console.print(f"\n[bold]? {escape(text)}[/]")
            print_answer(given, console)
            console.print(f"[dim]{time.monotonic() - started:.2f} s[/]")
    console.print(f"\nAsk on [bold]{base_url}[/] · Ctrl-C stops everything")


class Door:
    """Admits work as any adapter does, and waits for its answer."""

    def __init__(self, redis: Redis, ledger: Ledger, wakeup: Wakeup) -> None:
        self.redis, self.ledger, self.wakeup = redis, ledger, wakeup

    async def result(self, work: Work) -> Answer:
        """The answer; raises TimeoutError when nothing at all is heard for long."""
        await self.ledger.admit(work)
        self.wakeup.send(work.kind, work.job)
        async for event in follow(self.redis, work.job, patience=PATIENT):
            if event is None:
                break
            if event.type == "answer":
                return Answer.model_validate(event.data)
        raise TimeoutError(f"no answer to {work.job}")


@asynccontextmanager
async def _door(settings: Settings, redis_url: str) -> AsyncIterator[Door]:
    redis, wakeup = connect(redis_url, timeout=PATIENT + 5), Wakeup(redis_url)
    try:
        yield Door(redis, Ledger(redis, lease=settings.lease_seconds, attempts=settings.attempts), wakeup)
    finally:
        wakeup.close()
        await redis.aclose()


def _questions(settings: Settings) -> list[str]:
    """The first one of each language, Korean before English."""
    file = settings.people.parent / "questions.toml"
    found = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    first = {one["language"]: str(one["text"]) for one in reversed(found.get("questions", []))}
    return [first[language] for language in sorted(first, reverse=True)]


def _reindex(settings: Settings) -> Reindex:
    return Reindex(**_common(settings.language))


def _question(text: str, settings: Settings) -> Question:
    return Question(text=text, **_common(reply_language(text, settings.language)))


def _common(language: str) -> dict[str, object]:
    address = Address(platform="playground", tenant="local", channel="up")
    return {
        "address": address,
        "message": uuid.uuid4().hex,
        "at": time.time(),
        "asker": Asker(id="daedap up", direct=True),
        "language": language,
    }
