"""An answer as a person reads it on a terminal."""

from rich.console import Console
from rich.markup import escape

from core.messages import Answer
from core.texts import say


def print_answer(given: Answer, console: Console) -> None:
    """Text, numbered sources, and what went wrong on the way."""
    console.print(escape(given.text), soft_wrap=True)
    if given.citations:
        console.print(f"\n[bold]{say('sources', given.language)}[/]")
    for marks, citation in given.sources:
        place = f" › {citation.place}" if citation.place else ""
        line = f"  {escape(marks)} {escape(citation.title + place)}  [dim]{escape(citation.url)}[/]"
        console.print(line, soft_wrap=True)
    for note in given.notes:
        console.print(f"[dim]{say(f'notes.{note}', given.language)}[/]", soft_wrap=True)
