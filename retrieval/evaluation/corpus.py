"""A question set's corpus in an index of its own, built as the product builds its index."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from core.errors import BadDocument
from retrieval.analyze import Analyzer
from retrieval.chunk import DEFAULT, chunks
from retrieval.entries import Cut, entries
from retrieval.evaluation.datasets import Item
from retrieval.indexes.embedded import EmbeddedIndex, rebuild
from retrieval.language import detect
from retrieval.models import PUBLIC, Block, Document, Parsed
from retrieval.parse import parse
from retrieval.protocols import Fingerprint
from retrieval.vectors import Leg

SOURCE = "set"
_TOGETHER = 64  # documents embedded at once


def index_items(
    items: Sequence[Item], folder: Path, *, analyzer: Analyzer, legs: Sequence[Leg], restricted: bool = False
) -> tuple[EmbeddedIndex, int]:
    """The index and its number of chunks. Everything is public unless `restricted` says to keep each item's readers."""
    fingerprint = Fingerprint(analyzer.fingerprint, DEFAULT.fingerprint, {leg.name: leg.fingerprint for leg in legs})
    writer, count = rebuild(folder, fingerprint), 0
    try:
        for start in range(0, len(items), _TOGETHER):
            documents = [_document(item, restricted=restricted) for item in items[start : start + _TOGETHER]]
            cuts = [Cut(document.title, document.language, chunks(parsed)) for document, parsed in documents]
            made = entries(cuts, analyzer, legs)
            for (document, _), some in zip(documents, made, strict=True):
                writer.upsert(document, some)
            count += _total(made)
        writer.publish()
    finally:
        writer.close()
    return EmbeddedIndex(folder, fingerprint), count


def _document(item: Item, *, restricted: bool) -> tuple[Document, Parsed]:
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
    return document, parsed


def _parsed(item: Item) -> Parsed:
    """Sets hold plain text and Markdown alike; a document without any text is findable by its title."""
    try:
        return parse(item.text.encode(), f"{item.id}.md")
    except BadDocument:
        text = item.text.strip() or item.title or item.id
        return Parsed(item.title, text, (Block("paragraph", (), 0, len(text)),))


def _total(made: Iterable[Sequence[object]]) -> int:
    return sum(len(some) for some in made)
