"""One set measured from end to end: its corpus into a temporary index, its questions asked, the outcome as a report."""

import asyncio
import tempfile
import time
from pathlib import Path

from retrieval.evaluation.corpus import index_items
from retrieval.evaluation.datasets import Dataset, chosen, read_dataset
from retrieval.evaluation.measure import Options, measure
from retrieval.evaluation.report import Report
from retrieval.knowledge.hybrid import Hybrid
from retrieval.prepare import Workbench
from retrieval.protocols import Reranker


async def evaluate_folder(folder: Path, *, bench: Workbench, reranker: Reranker, options: Options) -> Report:
    """The report on the set in a folder. Raises SettingsError naming file and line of a mistake in it."""
    return await evaluate(read_dataset(folder), bench=bench, reranker=reranker, options=options)


async def evaluate(dataset: Dataset, *, bench: Workbench, reranker: Reranker, options: Options) -> Report:
    """The report on a set. Raises EmbedderDown when the bench has legs that cannot embed."""
    questions = chosen(dataset, language=options.language, limit=options.limit)
    with tempfile.TemporaryDirectory(prefix="daedap-evaluate-") as folder:
        started = time.perf_counter()
        index, chunks = await asyncio.to_thread(
            index_items, dataset.items, Path(folder) / "index", bench=bench, restricted=options.restricted
        )
        seconds = time.perf_counter() - started
        knowledge = Hybrid(index, analyzer=bench.analyzer, legs=bench.legs, reranker=reranker)
        try:
            await knowledge.warm()
            return Report(await measure(questions, knowledge, options), chunks, seconds)
        finally:
            knowledge.close()
            index.close()
