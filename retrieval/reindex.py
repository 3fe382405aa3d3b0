"""All sources, or one, into the index: opened, filled source by source, published whole, closed."""

import asyncio
from collections.abc import Sequence

from core.errors import SettingsError
from retrieval.ingest import Control, ingest
from retrieval.protocols import IndexWriter, Source
from retrieval.registry import Library
from retrieval.tally import CANCELLED, Report


async def reindex(
    library: Library, name: str = "", *, rebuild: bool = False, control: Control | None = None
) -> list[Report]:
    """A report for each source that was read. A run that was cancelled keeps what it committed; a rebuild, nothing.

    Raises SettingsError (an unknown or wrong source, an empty rebuild), EmbedderDown, IndexUnusable, and Transient
    while another process writes. Until a rebuild is published, and when it fails, answers rest on the old index.
    """
    sources = library.sources(name)
    writer = await asyncio.to_thread(library.writer, rebuild=rebuild)
    try:
        # A new generation begins empty: one source alone would leave the others out.
        whole = library.sources() if writer.rebuilding else sources
        reports = await _filled(writer, whole, library=library, control=control or Control())
        if not any(CANCELLED in report.notes for report in reports):
            await asyncio.to_thread(writer.publish)
            await asyncio.to_thread(writer.compact_if_needed)
    finally:
        await asyncio.to_thread(writer.close)
    return reports


async def _filled(
    writer: IndexWriter, sources: Sequence[Source], *, library: Library, control: Control
) -> list[Report]:
    reports: list[Report] = []
    for source in sources:
        reports.append(await ingest(source, writer, bench=library.bench, control=control))
        if CANCELLED in reports[-1].notes:
            return reports
    if writer.rebuilding and not control.force and not any(report.documents for report in reports):
        names = ", ".join(source.name for source in sources) or "none is configured"
        raise SettingsError(f"the sources ({names}) hold no document that can be read, so the index stays as it was")
    return reports
