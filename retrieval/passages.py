"""From an order of candidates to the passages returned: current versions first, nothing twice, at most as many as asked."""

from collections.abc import Iterator, Sequence

from retrieval.evidence import evidence, squeeze
from retrieval.models import Passage, Query, Ranked
from retrieval.versions import newest_first


def passages(query: Query, ranked: Sequence[Ranked]) -> tuple[Passage, ...]:
    """The best of them, best first."""
    return tuple(_passage(one) for one in _distinct(newest_first(query.text, ranked), query.limit))


def _distinct(ranked: Sequence[Ranked], limit: int) -> Iterator[Ranked]:
    """The best `limit`, without the same words twice: copies of a page say nothing new."""
    seen: set[str] = set()
    for one in ranked:
        text = squeeze(one.candidate.chunk.text)
        if len(seen) < limit and text not in seen:
            seen.add(text)
            yield one


def _passage(one: Ranked) -> Passage:
    document, chunk = one.candidate.document, one.candidate.chunk
    return Passage(
        document=document.id,
        ordinal=chunk.ordinal,
        source=document.source,
        title=document.title,
        url=document.url,
        place=chunk.place,
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
        language=document.language,
        readers=document.readers,
        updated=document.updated,
        score=one.score,
        evidence=evidence(one.signals),
    )
