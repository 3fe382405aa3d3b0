"""An index that may not be there yet: opened at its first use, and tried again until it can be."""

from collections.abc import Callable
from threading import Lock

from core.errors import IndexUnusable, SettingsError
from retrieval.models import Document, IndexRequest, IndexResult
from retrieval.protocols import Index


class LateIndex:
    """See `protocols.Index`; every method raises IndexUnusable until there is something to open."""

    def __init__(self, opening: Callable[[], Index]) -> None:
        self._opening, self._lock = opening, Lock()
        self._index: Index | None = None

    def search(self, request: IndexRequest) -> IndexResult:
        """As the index's."""
        return self._opened().search(request)

    def document(self, document_id: str, audience: frozenset[str]) -> Document | None:
        """As the index's."""
        return self._opened().document(document_id, audience)

    @property
    def problem(self) -> str | None:
        """As the index's."""
        return self._opened().problem

    def _opened(self) -> Index:
        with self._lock:
            if self._index is None:
                try:
                    self._index = self._opening()
                except SettingsError as error:
                    # Built by another model or analyzer: to an asker that is no index at all.
                    raise IndexUnusable(str(error)) from None
            return self._index
