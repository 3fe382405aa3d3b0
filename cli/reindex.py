"""`daedap reindex`: bring the index up to date with its sources, in this process, without Redis or a worker."""

import asyncio
import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from core.settings import load_settings
from retrieval.ingest import Control
from retrieval.registry import Library
from retrieval.reindex import reindex as run
from retrieval.tally import CANCELLED, DELETIONS_REFUSED, Report

INTERRUPTED = 130  # what a shell expects of a command that Ctrl-C stopped


def reindex(
    source: Annotated[str, typer.Argument(help="Only this source of the settings; all without it.")] = "",
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Read everything anew into a new index.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Delete even when most documents have vanished.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring the index up to date with its sources; Ctrl-C stops after the document in hand and keeps what was read."""
    library = Library(load_settings())
    with _watched(Control(force=force), quiet=as_json) as control:
        reports = asyncio.run(_until_stopped(library, source, rebuild=rebuild, control=control))
    if as_json:
        typer.echo(json.dumps({"sources": [as_object(report) for report in reports]}, ensure_ascii=False))
    else:
        print_reports(reports)
    if any(CANCELLED in report.notes for report in reports):
        raise typer.Exit(INTERRUPTED)


async def _until_stopped(library: Library, source: str, *, rebuild: bool, control: Control) -> list[Report]:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stopped.set)
    return await run(library, source, rebuild=rebuild, control=replace(control, cancelled=stopped.is_set))


@contextmanager
def _watched(control: Control, *, quiet: bool) -> Iterator[Control]:
    """The control with a progress bar on standard error."""
    columns = (
        TextColumn("[dim]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task("reading", total=None)

        def show(done: int, expected: int, current: str) -> None:
            progress.update(task, completed=done, total=expected or None, description=escape(current[-60:]))

        yield replace(control, progress=show)


def as_object(report: Report) -> dict[str, object]:
    """A report as `--json` prints it."""
    return asdict(report)


def print_reports(reports: Sequence[Report], console: Console | None = None) -> None:
    """What happened, a line for each source and one for each document that failed."""
    out = console or Console(highlight=False, soft_wrap=True)
    for report in reports:
        out.print(
            f"[bold]{escape(report.source)}[/]: {report.added} added, {report.changed} changed, "
            f"{report.unchanged} unchanged, {report.deleted} deleted, {report.failed} failed; "
            f"{report.chunks} chunks in {report.seconds:.1f} s"
        )
        for failure in report.failures:
            out.print(f"  [red]failed[/] {escape(failure.id)}: {escape(failure.reason)}")
        if report.failed > len(report.failures):
            out.print(f"  … and {report.failed - len(report.failures)} more")
        if DELETIONS_REFUSED in report.notes:
            out.print(
                f"  [yellow]{report.kept} documents have vanished from the source, more than half: none was deleted. "
                "If that is right, run it again with --force.[/]"
            )
        if CANCELLED in report.notes:
            out.print("  [yellow]stopped; what was read so far is kept[/]")
