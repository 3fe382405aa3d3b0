"""A question set's corpus in an index of its own, built as the product builds its index."""

from collections.abc import Sequence
from pathlib import Path

from core.errors import BadDocument
from retrieval.chunk import chunks
from retrieval.evaluation.datasets import Item
from retrieval.indexes.embedded import EmbeddedIndex, rebuild
from retrieval.language import detect
from retrieval.models import PUBLIC, Block, Document, Parsed
from retrieval.parse import parse
from retrieval.prepare import Prepared, Workbench

SOURCE = "set"
_TOGETHER = 64  # documents embedded at once


def index_items(
    items: Sequence[Item], folder: Path, *, bench: Workbench, restricted: bool = False
) -> tuple[EmbeddedIndex, int]:
    """The index and its number of chunks. Everything is public unless `restricted` says to keep each item's readers."""
    writer, count = rebuild(folder, bench.fingerprint), 0
    try:
        for start in range(0, len(items), _TOGETHER):
            batch = [_prepared(item, bench, restricted=restricted) for item in items[start : start + _TOGETHER]]
            for one, entries in zip(batch, bench.entries(batch), strict=True):
                writer.upsert(one.document, entries)
                count += len(entries)
        writer.publish()
    finally:
        writer.close()
    return EmbeddedIndex(folder, bench.fingerprint), count


def _prepared(item: Item, bench: Workbench, *, restricted: bool) -> Prepared:
    parsed = _parsed(item)
    document = Document(
        id=item.id,
        source=SOURCE,
        title=item.title or parsed.title,
        url="",
        language=parsed.language or detect(parsed.text),
        readers=item.readers if restricted else frozenset({PUBLIC}),
        updated=parsed.updated,
        etag="",
        text=parsed.text,
    )
    return Prepared(document, chunks(parsed, bench.sizes))


def _parsed(item: Item) -> Parsed:
    """Sets hold plain text and Markdown alike; a document without any text is findable by its title."""
    try:
        return parse(item.text.encode(), f"{item.id}.md")
    except BadDocument:
        text = item.text.strip() or item.title or item.id
        return Parsed(item.title, text, (Block("paragraph", (), 0, len(text)),))
