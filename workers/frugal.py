"""Memory: a reindex has models of its own that go with it, and what was let go goes back to the system."""

import asyncio
import contextlib
import ctypes
import gc

from core.settings import Settings
from retrieval.ingest import Control
from retrieval.registry import Library
from retrieval.reindex import reindex
from retrieval.tally import Report


async def reindexed(settings: Settings, source: str, *, rebuild: bool, control: Control) -> list[Report]:
    """`retrieval.reindex` with a library of its own: a reindexer is idle nearly always, and need not hold 340 MB for it."""
    library = Library(settings)
    try:
        return await reindex(library, source, rebuild=rebuild, control=control)
    finally:
        del library
        await asyncio.to_thread(give_back)


def give_back() -> None:
    """After something large was dropped. Some 50 ms, blocking."""
    gc.collect()
    with contextlib.suppress(AttributeError, OSError):  # glibc alone has it, and keeps 150 MB after a reindex
        ctypes.CDLL(None).malloc_trim(0)
