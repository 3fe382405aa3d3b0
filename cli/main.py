"""The command `daedap`: which subcommands there are, each imported only when it is chosen."""

import os
from importlib import import_module
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from core.errors import DaedapError, SettingsError

# name -> (where it is written, what it does). The sentences stand here so that --help imports nothing heavy.
COMMANDS = {
    "up": ("cli.up:up", "Start Redis, the workers, the bot and its page together; Ctrl-C stops them all."),
    "bot": ("cli.bot:bot", "Run the bot alone (needs REDIS_URL)."),
    "worker": ("cli.worker:worker", "Run one worker alone for some queues (needs REDIS_URL)."),
    "ask": ("cli.ask:ask", "Ask a question and read the answer with its sources, without Redis."),
    "search": ("cli.search:search", "Show the passages found for a query, without Redis."),
    "reindex": ("cli.reindex:reindex", "Bring the index up to date with its sources."),
    "doctor": ("cli.doctor:doctor", "Say what is configured, what answers, and what to do about the rest."),
    "evaluate": ("cli.evaluate:evaluate", "Measure search on a folder of questions whose right documents are known."),
}


class LazyGroup(TyperGroup):
    """Loads the chosen subcommand when it is chosen, and turns our own errors into one clear message."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _, rest = super().resolve_command(ctx, args)
        return name, _load(str(name)), rest

    def invoke(self, ctx: Any) -> Any:
        """Exit codes: 1 it failed, 2 it was asked or set wrongly."""
        try:
            return super().invoke(ctx)
        except DaedapError as error:
            Console(stderr=True, highlight=False).print(f"[bold red]error:[/] {_escaped(error)}", soft_wrap=True)
            raise typer.Exit(2 if isinstance(error, SettingsError) else 1) from None


def _load(name: str) -> Any:
    import_module("core.telemetry").configure(os.environ.get("DAEDAP_LOG", "WARNING"))  # to stderr: --json stays clean
    module, _, function = COMMANDS[name][0].partition(":")
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(getattr(import_module(module), function))
    return typer.main.get_command(alone)


def _escaped(error: DaedapError) -> str:
    return str(error).replace("[", r"\[")


def _placeholder() -> None:
    """Stands in the list of subcommands until the real one is loaded."""


def _show_version(wanted: bool) -> None:
    if wanted:
        metadata = import_module("importlib.metadata")  # 40 ms that nothing else here needs
        typer.echo(f"daedap {metadata.version('daedap')}")
        raise typer.Exit


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for _name, (_, _sentence) in COMMANDS.items():
    app.command(_name, help=_sentence)(_placeholder)


@app.callback()
def daedap(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Daedap answers questions in Slack, in Microsoft Teams and on its own page from the company's documents, with sources."""
