"""`daedap search`: the passages found for a question, without Redis and without an answer."""

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from core.said import clean, reply_language
from core.settings import Settings, load_settings
from core.texts import say
from platforms.playground.directory import Directory
from retrieval.language import detect
from retrieval.models import Found, Query
from retrieval.registry import Library
from workers.steps.audience import Audience

_SHOWN = 240  # characters of a passage on a terminal; --json gives it whole


def search(
    question: Annotated[str, typer.Argument(help="What to look for, in Korean or English.")],
    as_: Annotated[str, typer.Option("--as", metavar="NAME", help="Search as this person of the people file.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many passages.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the passages found for a question, best first."""
    settings = load_settings()
    text = clean(question, limit=settings.question_limit)
    found = asyncio.run(_found(text, as_, settings=settings, limit=limit))
    if as_json:
        typer.echo(json.dumps(as_object(found), ensure_ascii=False))
    else:
        _print(found, reply_language(text, settings.language))


async def _found(text: str, person: str, *, settings: Settings, limit: int) -> Found:
    people = Directory(settings.people)
    people.require(person)
    audience = Audience(settings, people).person(person)
    knowledge = Library(settings).knowledge()
    try:
        return await knowledge.retrieve(Query(text, detect(text), audience, limit=limit))
    finally:
        knowledge.close()


def as_object(found: Found) -> dict[str, Any]:
    """What was found as `--json` prints it."""
    passages = [
        {
            "rank": rank,
            "score": round(passage.score, 4),
            "document": passage.document,
            "title": passage.title,
            "url": passage.url,
            "place": passage.place,
            "text": passage.text,
        }
        for rank, passage in enumerate(found.passages, start=1)
    ]
    seconds = {step: round(value, 4) for step, value in found.seconds.items()}
    return {"passages": passages, "notes": list(found.notes), "seconds": seconds}


def _print(found: Found, language: str) -> None:
    out = Console(highlight=False)
    for rank, passage in enumerate(found.passages, start=1):
        place = f" › {passage.place}" if passage.place else ""
        out.print(
            f"[bold]{rank}. {escape(passage.title + place)}[/]  [dim]{passage.score:.3f} {escape(passage.document)}[/]"
        )
        text = " ".join(passage.text.split())
        out.print(f"   {escape(text[:_SHOWN])}{'…' if len(text) > _SHOWN else ''}")
    if not found.passages:
        out.print(say("unknown", language))
    for note in found.notes:
        out.print(f"[dim]{say(f'notes.{note}', language)}[/]")
