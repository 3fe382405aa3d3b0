"""The embedded index keeps every promise of an index."""

from tests.contracts.index_contract import IndexContract


class TestEmbeddedIndex(IndexContract):
    pass
