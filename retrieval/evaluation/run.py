"""One set measured from end to end: its corpus into a temporary index, its questions asked, the outcome as a report."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from retrieval.evaluation.corpus import index_items
from retrieval.evaluation.datasets import Asking, Dataset
from retrieval.evaluation.measure import Options, measure
from retrieval.evaluation.report import Report
from retrieval.knowledge.hybrid import Hybrid
from retrieval.prepare import Workbench
from retrieval.protocols import Reranker


async def evaluate(
    dataset: Dataset, questions: Sequence[Asking], *, bench: Workbench, reranker: Reranker, options: Options
) -> Report:
    """The report on some of a set's questions. Raises EmbedderDown when the bench has legs that cannot embed."""
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
