"""From a document's bytes to what an index takes: parsed, cut, analysed, embedded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from retrieval.analyze import Analyzer
from retrieval.chunk import DEFAULT, Sizes, chunks
from retrieval.entries import Cut, entries
from retrieval.language import detect
from retrieval.models import Chunk, Document, Entry, RawDocument
from retrieval.parse import parse
from retrieval.protocols import Fingerprint
from retrieval.vectors import Leg


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document with its chunks, not yet analysed and embedded."""

    document: Document
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Workbench:
    """What documents are made ready with; thread-safe, blocking. `legs` may be empty: words only."""

    analyzer: Analyzer
    legs: Sequence[Leg] = ()
    sizes: Sizes = DEFAULT

    @property
    def fingerprint(self) -> Fingerprint:
        """What an index made here is made with."""
        legs = {leg.name: leg.fingerprint for leg in self.legs}
        return Fingerprint(self.analyzer.fingerprint, self.sizes.fingerprint, legs)

    def prepare(self, raw: RawDocument, etag: str) -> Prepared:
        """The document parsed and cut, to be kept under `etag`. Raises BadDocument naming it and the reason."""
        parsed = parse(raw.content, raw.name)
        # The <html lang="en"> of a template stands above many a Korean page: letters are better witnesses.
        detected = detect(parsed.text)
        document = Document(
            id=raw.id,
            source=raw.source,
            title=parsed.title or PurePosixPath(raw.name).stem,
            url=raw.url,
            language=parsed.language or detected if detected == "other" else detected,
            readers=raw.readers,
            updated=parsed.updated,
            etag=etag,
            text=parsed.text,
        )
        return Prepared(document, chunks(parsed, self.sizes))

    def entries(self, prepared: Sequence[Prepared]) -> list[tuple[Entry, ...]]:
        """Entries of each document, in order; many documents together are quicker. Raises EmbedderDown."""
        cuts = [Cut(one.document.title, one.document.language, one.chunks) for one in prepared]
        return entries(cuts, self.analyzer, self.legs)
