"""No reranker: the fused order stands."""

from collections.abc import Sequence

from retrieval.models import Query, Ranked


class KeepOrder:
    """What `reranker = "none"` picks. Never fails."""

    async def __call__(self, query: Query, ranked: Sequence[Ranked]) -> Sequence[Ranked]:
        """The same order."""
        del query
        return ranked
