"""Knowledge in an index of our own, searched by words and vectors."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from retrieval.analyze import Analyzer
from retrieval.fuse import Gated
from retrieval.models import Document, Found, Passage, Query
from retrieval.near import near
from retrieval.protocols import Index, Reranker
from retrieval.search import Engine, search
from retrieval.vectors import Leg

THREADS = 4  # searches at once per process: a query is 10 ms of CPU, so more only queue elsewhere


class Hybrid:
    """A KnowledgeBase over an index, an analyzer and any number of vector legs (none: words only)."""

    def __init__(self, index: Index, *, analyzer: Analyzer, legs: Sequence[Leg], reranker: Reranker) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="retrieval")
        self._engine = Engine(index, analyzer, legs, Gated(legs), reranker, self._threads)

    async def retrieve(self, query: Query) -> Found:
        """Passages, best first; see `retrieval.search.search`."""
        return await search(query, self._engine)

    async def near(self, query: Query, passages: Sequence[Passage]) -> Sequence[Passage]:
        """The passages with the cosines of their sentences, for quoting where words decide little; see `retrieval.near`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, near, self._engine.legs, query, passages)

    async def document(self, document_id: str, audience: frozenset[str]) -> Document | None:
        """A whole document, if this audience may read it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._engine.index.document, document_id, audience)

    async def warm(self) -> None:
        """Load what the first question would wait for (Kiwi 1 s, the model 0.4 s)."""
        audience: frozenset[str] = frozenset()
        await self.retrieve(Query("준비 ready", "ko", audience, limit=1))

    def close(self) -> None:
        """Stop the threads; searches under way are finished first."""
        self._threads.shutdown()
