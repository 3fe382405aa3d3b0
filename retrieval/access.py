"""Who may read what: decided in the index, again before reranking, and again before showing; in doubt a text is dropped."""

from collections.abc import Iterable, Sequence

from retrieval.models import Ranked


def readable(readers: Iterable[str], audience: frozenset[str]) -> bool:
    """Whether this audience may read a document with these readers. Nobody's document is nobody's to read."""
    return not audience.isdisjoint(readers)


def trim(ranked: Sequence[Ranked], audience: frozenset[str]) -> list[Ranked]:
    """What the audience may read, in the same order."""
    return [one for one in ranked if readable(one.candidate.document.readers, audience)]
