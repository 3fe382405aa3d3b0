"""`daedap ask`: one question answered on the spot, with its sources, without Redis or a bot."""

import asyncio
import json
import time
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.show import print_answer
from core.messages import Address, Answer, Asker, Question
from core.said import clean, reply_language
from core.settings import Settings, load_settings
from platforms.playground.directory import Directory
from workers.answer import answer
from workers.runtime import answering
from workers.stage import Silent


def ask(
    question: Annotated[str, typer.Argument(help="What you would like to know, in Korean or English.")],
    as_: Annotated[str, typer.Option("--as", metavar="NAME", help="Ask as this person of the people file.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask a question and read the answer with its sources."""
    settings = load_settings()
    Directory(settings.people).require(as_)
    given = asyncio.run(answer(_question(question, as_, settings), answering(settings), Silent()))
    if as_json:
        typer.echo(json.dumps(as_object(given), ensure_ascii=False))
    else:
        print_answer(given, Console(highlight=False))


def _question(text: str, person: str, settings: Settings) -> Question:
    return Question(
        address=Address(platform="playground", tenant="local", channel=person or "cli"),
        message="cli",
        at=time.time(),
        asker=Asker(id=person, direct=True),
        text=clean(text, limit=settings.question_limit),
        language=reply_language(text, settings.language),
    )


def as_object(given: Answer) -> dict[str, Any]:
    """An answer as `--json` prints it."""
    shown = {"number", "title", "url", "place", "quote"}
    return {
        "answer": given.text,
        "known": given.known,
        "language": given.language,
        "citations": [citation.model_dump(include=shown) for citation in given.citations],
        "notes": list(given.notes),
        "seconds": given.seconds,
    }
