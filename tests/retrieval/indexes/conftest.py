"""The embedded index as the contract reaches it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.indexes.embedded import EmbeddedIndex, EmbeddedWriter, open_writer, rebuild
from tests.contracts.index_samples import FINGERPRINT


class EmbeddedShelf:
    """One index in a folder. In another process it is the same index."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.opened: list[EmbeddedIndex] = []

    def __reduce__(self) -> tuple[type["EmbeddedShelf"], tuple[Path]]:
        return EmbeddedShelf, (self.root,)

    def writer(self) -> EmbeddedWriter:
        return open_writer(self.root, FINGERPRINT)

    def rebuild(self) -> EmbeddedWriter:
        return rebuild(self.root, FINGERPRINT)

    def index(self) -> EmbeddedIndex:
        self.opened.append(EmbeddedIndex(self.root, FINGERPRINT))
        return self.opened[-1]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[EmbeddedShelf]:
    shelf = EmbeddedShelf(tmp_path / "index")
    yield shelf
    for index in shelf.opened:
        index.close()
