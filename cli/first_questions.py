"""What `daedap up` does once it serves: reads the documents, asks a question in each language and shows the answers."""

import asyncio
import os
import time
import tomllib
import uuid
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from cli.door import door
from cli.show import print_answer
from core.messages import Address, Asker, Question, Reindex
from core.reindexing import status
from core.said import reply_language
from core.settings import Settings
from core.texts import say


async def greet(settings: Settings, redis_url: str, base_url: str) -> None:
    """Read what changed, ask the sample questions through the ledger and the worker, print it all."""
    console, language = (
        Console(highlight=False, soft_wrap=True),
        "ko" if os.environ.get("LANG", "").startswith("ko") else "en",
    )
    async with door(settings, redis_url) as at:
        console.print(f"[dim]{say('reindex_started', language, source=say('all_sources', language))}[/]")
        read = await at.result(_reindex(language))
        console.print(f"[dim]{escape(read.text)}[/]")
        while (await status(at.redis)).running:  # noqa: ASYNC110  what an earlier start left goes on, in another process
            await asyncio.sleep(0.5)
        for text in _questions(settings):
            started = time.monotonic()
            given = await at.result(_question(text, settings))
            console.print(f"\n[bold]? {escape(text)}[/]")
            print_answer(given, console)
            console.print(f"[dim]{time.monotonic() - started:.2f} s[/]")
    page = (
        f"Ask on [bold]{base_url}[/]" if settings.loopback else f"Listening on {base_url}; the page is on loopback only"
    )
    console.print(f"\n{page} · Ctrl-C stops everything")


def _questions(settings: Settings) -> list[str]:
    """The first one of each language, Korean before English; none where the samples are not what is read."""
    samples = settings.people.parent
    file = samples / "questions.toml"
    if samples not in [Path(source.get("path", "")) for source in settings.sources.values()] or not file.exists():
        return []
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    first = {one["language"]: str(one["text"]) for one in reversed(found.get("questions", []))}
    return [first[language] for language in sorted(first, reverse=True)]


def _reindex(language: str) -> Reindex:
    return Reindex(**_common(language))


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
