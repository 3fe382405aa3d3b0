"""One reindex run over all sources or one: the index opened for writing, filled, published and let go."""

import asyncio

from retrieval.ingest import Control, ingest
from retrieval.registry import Library
from retrieval.tally import Report


async def refresh(library: Library, source: str = "", *, rebuild: bool, control: Control) -> list[Report]:
    """Reports by source. A rebuild that is cancelled or fails leaves the old index as it was.

    Raises SettingsError for a source that does not exist or is set wrongly, Transient while another process writes.
    """
    sources = library.sources("" if rebuild else source)  # a new generation without the other sources would lose them
    writer = await asyncio.to_thread(library.writer, rebuild=rebuild)
    try:
        reports = [await ingest(one, writer, bench=library.bench, control=control) for one in sources]
        if not control.cancelled():
            await asyncio.to_thread(writer.publish)
            await asyncio.to_thread(writer.compact_if_needed)
        return reports
    finally:
        await asyncio.to_thread(writer.close)
