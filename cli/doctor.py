"""`daedap doctor`: what is configured, what answers, and what to do about the rest."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from redis.exceptions import RedisError
from rich.console import Console
from rich.markup import escape

from cli.chats import slack, teams
from cli.embedded_redis import address
from core.connect import check, connect, hide_password
from core.errors import DaedapError
from core.health import health
from core.settings import Settings, load_settings
from retrieval.registry import Library
from workers.steps.model import choose_model

MARKS = {"ok": "[green]✓[/]", "off": "[dim]·[/]", "bad": "[red]✗[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """`state` is ok, off (not configured) or bad; `text` says what was found, or what to do."""

    what: str
    state: str
    text: str


def doctor(
    worker: Annotated[bool, typer.Option(help="Only whether questions are answered (for health checks).")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what is configured, what answers, and what to do about the rest. Exit code 1 when something is bad."""
    settings = load_settings()
    if settings.redis_url is None:  # the one that `daedap up` has started, if it runs
        settings = settings.model_copy(update={"redis_url": address(settings.data_dir)})
    findings = asyncio.run(_examine(settings, [_workers] if worker else EXAMINATIONS))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        console = Console(highlight=False)
        for finding in findings:
            console.print(f"{MARKS[finding.state]} [bold]{finding.what:<9}[/] {escape(finding.text)}", soft_wrap=True)
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)


Examination = Callable[[Settings], Awaitable[Finding]]


async def _examine(settings: Settings, examinations: list[Examination]) -> list[Finding]:
    return [finding async for finding in _each(settings, examinations)]


async def _each(settings: Settings, examinations: list[Examination]) -> AsyncIterator[Finding]:
    for examination in examinations:
        what = examination.__name__.strip("_")
        try:
            yield await examination(settings)
        except (DaedapError, RedisError, OSError, TimeoutError) as error:
            yield Finding(what, "bad", str(error) or type(error).__name__)


async def _sources(settings: Settings) -> Finding:
    sources = Library(settings).sources()
    for source in sources:
        source.check()
    names = [source.name for source in sources]
    return Finding("sources", "ok" if names else "bad", ", ".join(names) or "none: add a table [sources.NAME]")


async def _embedder(settings: Settings) -> Finding:
    library = await asyncio.to_thread(Library, settings)
    if not library.legs:
        return Finding("embedder", "off", 'embedder = "none": search by words only')
    await asyncio.to_thread(library.legs[0].embedder.query, "ready", "en")
    return Finding("embedder", "ok", library.legs[0].fingerprint)


async def _words(settings: Settings) -> Finding:
    analyzer = (await asyncio.to_thread(Library, settings)).analyzer
    if analyzer.has_morphemes:
        return Finding("words", "ok", analyzer.fingerprint)
    return Finding(
        "words", "bad", "kiwipiepy is not installed: Korean is searched by pairs of letters. Run make setup."
    )


async def _index(settings: Settings) -> Finding:
    library = await asyncio.to_thread(Library, settings)
    text, problem = await asyncio.to_thread(library.look)
    return Finding("index", "bad" if problem else "ok", problem or text)


async def _llm(settings: Settings) -> Finding:
    if choose_model(settings.llm) is None:
        return Finding("llm", "off", "quote: answers are sentences of the documents")
    return Finding("llm", "ok", f"{settings.llm} (its package and key are there; not called)")


async def _redis(settings: Settings) -> Finding:
    if settings.redis_url is None:
        return Finding("redis", "off", "REDIS_URL is not set: `daedap up` brings its own")
    redis = connect(settings.redis_url)
    try:
        info = await check(redis, settings.redis_url)
    finally:
        await redis.aclose()
    kept = "kept on disk" if info.get("aof_enabled") else "NOT kept on disk: set appendonly yes"
    text = f"{hide_password(settings.redis_url)}, version {info.get('redis_version')}, {kept}"
    return Finding("redis", "ok" if info.get("aof_enabled") else "bad", text)


async def _workers(settings: Settings) -> Finding:
    if settings.redis_url is None:
        return Finding("workers", "off", "nothing to ask without REDIS_URL")
    redis = connect(settings.redis_url)
    try:
        found = await health(redis)
    finally:
        await redis.aclose()
    beating = ", ".join(f"{count} for {queues}" for queues, count in found.workers.items()) or "none is running"
    text = f"{beating}; {found.waiting} jobs open, the oldest {found.oldest:.0f} s overdue"
    return Finding("workers", "ok" if found.answering else "bad", text)


async def _slack(settings: Settings) -> Finding:
    return Finding("slack", *await slack(settings))


async def _teams(settings: Settings) -> Finding:
    return Finding("teams", *await teams(settings))


EXAMINATIONS: list[Examination] = [_sources, _words, _embedder, _index, _llm, _redis, _workers, _slack, _teams]
