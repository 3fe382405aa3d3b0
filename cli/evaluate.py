"""`daedap evaluate`: how well search finds the right documents of a question set, in an index of its own."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.settings import load_settings
from platforms.playground.directory import Directory
from retrieval.evaluation.measure import Options
from retrieval.evaluation.report import Report, as_object, rows
from retrieval.evaluation.run import evaluate_folder
from retrieval.registry import Library
from workers.steps.audience import Audience
from workers.steps.judge import Verdict, judge


def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="corpus.jsonl, queries.jsonl and qrels/test.tsv.")],
    limit: Annotated[int, typer.Option(min=0, help="Ask at most so many questions, spread over the set; 0 = all.")] = 0,
    language: Annotated[str, typer.Option(help="Only questions in this language: ko or en.")] = "",
    embedder: Annotated[str, typer.Option(help="Instead of the settings' one; none = words only.")] = "",
    as_: Annotated[str, typer.Option("--as", metavar="NAME", help="Heed readers, and ask as this person.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure search on a folder of questions whose right documents are known."""
    settings = load_settings()
    if embedder:
        settings = settings.model_copy(update={"embedder": embedder})
    library = Library(settings)
    people = Directory(settings.people)
    people.require(as_)
    options = Options(
        audience=Audience(settings, people).person(as_),
        # A weak answer ("closest I found") counts as a refusal: it states nothing.
        enough=lambda passages: judge(passages) is Verdict.KNOWN,
        passages=settings.passages,
        restricted=bool(as_),
        language=language,
        limit=limit,
    )
    report = asyncio.run(evaluate_folder(folder, bench=library.bench, reranker=library.reranker, options=options))
    if as_json:
        typer.echo(json.dumps(as_object(report)))
    else:
        _print(report)


def _print(report: Report) -> None:
    table = Table("questions", "count", "hit@1 (95 %)", "hit@5", "mrr@10", "ndcg@10")
    for row in rows(report):
        hit = f"{row.scores.hit_at_1:.3f} ({row.low:.2f}–{row.high:.2f})"
        rest = (row.scores.hit_at_5, row.scores.mrr_at_10, row.scores.ndcg_at_10)
        table.add_row(row.kind, str(row.questions), hit, *(f"{value:.3f}" for value in rest))
    figures = as_object(report)
    out = Console(highlight=False)
    out.print(table)
    out.print(
        f"refused: {figures['refused']} of {len(report.unanswerable)} without a gold document; "
        f"answerable but refused or worded as the closest found: {figures['false_refusals']} of {len(report.ranked)}"
    )
    out.print(
        f"{figures['chunks']} chunks indexed in {figures['seconds_index']} s; "
        f"a question took {figures['ms']['p50']} ms (p50), {figures['ms']['p95']} ms (p95)"
    )
