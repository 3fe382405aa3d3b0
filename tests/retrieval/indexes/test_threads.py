"""Many threads search one reader while a writer commits, and every one sees whole commits in order."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from retrieval.indexes.embedded import EmbeddedIndex, access, reader
from retrieval.indexes.embedded.access import Masks, Scope, Tables
from retrieval.indexes.embedded.opened import OpenGeneration, open_generation
from retrieval.indexes.embedded.words import WordsView
from retrieval.protocols import Fingerprint
from tests.contracts.index_contract import names, put, state, the_one_state
from tests.contracts.index_samples import asking, entries_of, make_document
from tests.retrieval.indexes.conftest import EmbeddedShelf

THREADS = 4
COMMITS = 20


def test_threads_that_share_a_reader_see_whole_commits_in_order(shelf: EmbeddedShelf) -> None:
    put(shelf, *state(0))
    done = threading.Event()

    def look(index: EmbeddedIndex) -> list[int]:
        seen = []
        while not done.is_set():
            seen.append(the_one_state(index.search(asking("state", like="anything"))))
        return seen

    with closing(shelf.index()) as index, ThreadPoolExecutor(THREADS) as pool:
        looking = [pool.submit(look, index) for _ in range(THREADS)]
        try:
            with closing(shelf.writer()) as writer:
                for number in range(1, COMMITS):
                    for document in state(number):
                        writer.upsert(document, entries_of(document))
                    writer.commit()
                    if number % 7 == 0:
                        writer.compact_if_needed()
        finally:
            done.set()
        for seen in (future.result(30) for future in looking):
            assert seen == sorted(seen)
            assert len(seen) > 3


def test_a_commit_between_words_and_rows_is_not_missed(shelf: EmbeddedShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    put(shelf, make_document("d:1", "apple"))
    index = shelf.index()
    put(shelf, make_document("d:2", "apple"))
    words = index._open._words
    view = words.view

    def view_then_commit() -> WordsView:
        monkeypatch.setattr(words, "view", view)
        seen = view()
        put(shelf, make_document("d:3", "apple"))
        return seen

    monkeypatch.setattr(words, "view", view_then_commit)
    assert names(index.search(asking("apple"))) == {"d:1", "d:2", "d:3"}


def test_no_thread_searches_the_old_generation_while_another_opens_the_new_one(
    shelf: EmbeddedShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(shelf, make_document("d:old", "apple"))
    index = shelf.index()
    with closing(shelf.rebuild()) as writer:
        document = make_document("d:new", "apple")
        writer.upsert(document, entries_of(document))
        writer.publish()

    def slowly(folder: Path, fingerprint: Fingerprint) -> OpenGeneration:
        time.sleep(0.2)
        return open_generation(folder, fingerprint)

    monkeypatch.setattr(reader, "open_generation", slowly)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: names(index.search(asking("apple"))), range(8)))
    assert found == [{"d:new"}] * 8


def test_masks_keep_within_their_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = 10_000
    tables = Tables(
        live=np.ones(rows, np.bool_),
        acl=np.arange(rows, dtype=np.int32) % 50,
        tag=np.zeros(rows, np.int32),
        readers=tuple(frozenset({str(code)}) for code in range(50)),
        codes={str(code): (code,) for code in range(50)},
        tags=(("s", "en"),),
        owners={"e5": np.arange(rows, dtype=np.int32)},
    )
    monkeypatch.setattr(access, "CACHE_BYTES", 100_000)
    masks = Masks(tables)
    for code in range(50):
        scope = Scope(frozenset({str(code)}), frozenset(), frozenset())
        visible = masks.visible(scope)
        assert visible.count == rows // 50
        assert masks.visible(scope) is visible
        assert sum(kept.size for kept in masks._kept.values()) <= 100_000
