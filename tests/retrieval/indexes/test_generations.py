"""Generations: another fingerprint means another one, they are switched at once, and the one before is kept."""

import os
from contextlib import closing
from dataclasses import replace

import pytest

from core.errors import IndexUnusable, SettingsError, Transient
from retrieval.indexes.embedded import EmbeddedIndex, open_writer, rebuild
from retrieval.indexes.embedded import writer as writer_module
from retrieval.protocols import Fingerprint
from tests.contracts.index_contract import names, put
from tests.contracts.index_samples import FINGERPRINT, asking, entries_of, make_document
from tests.retrieval.indexes.conftest import EmbeddedShelf

OTHERS = {
    "analyzer": replace(FINGERPRINT, analyzer="other"),
    "chunking": replace(FINGERPRINT, chunking="other"),
    "vectors e5": replace(FINGERPRINT, legs={"e5": "another model 16"}),
    "vectors minilm": replace(FINGERPRINT, legs={**FINGERPRINT.legs, "minilm": "a second leg"}),
}


def folders(shelf: EmbeddedShelf) -> list[str]:
    return sorted(path.name for path in shelf.root.glob("g*"))


@pytest.mark.parametrize(("part", "other"), OTHERS.items(), ids=OTHERS.keys())
def test_another_fingerprint_is_an_error_that_says_what_differs_and_the_way_out(
    shelf: EmbeddedShelf, part: str, other: Fingerprint
) -> None:
    put(shelf, make_document("d:1", "apple"))
    for attempt in (EmbeddedIndex, open_writer):
        with pytest.raises(SettingsError, match=f"{part}: found .*, wanted .*daedap reindex --rebuild"):
            attempt(shelf.root, other)


def test_a_rebuild_brings_another_fingerprint_into_use(shelf: EmbeddedShelf) -> None:
    put(shelf, make_document("d:1", "apple"))
    words_only = Fingerprint("other", "other", {})
    with closing(rebuild(shelf.root, words_only)) as writer:
        document = make_document("d:2", "apple")
        writer.upsert(document, [replace(entry, vectors={}) for entry in entries_of(document)])
        writer.publish()
    with closing(EmbeddedIndex(shelf.root, words_only)) as index:
        assert names(index.search(asking("apple"))) == {"d:2"}


def test_an_open_reader_stays_where_its_fingerprint_fits_and_says_so(shelf: EmbeddedShelf) -> None:
    put(shelf, make_document("d:1", "apple"))
    with closing(shelf.index()) as index:
        with closing(rebuild(shelf.root, OTHERS["analyzer"])) as writer:
            writer.publish()
        assert names(index.search(asking("apple", like="apple"))) == {"d:1"}
        assert index.problem
        assert "analyzer" in index.problem


def test_the_generation_before_is_kept_and_older_ones_go(shelf: EmbeddedShelf) -> None:
    put(shelf, make_document("d:1", "apple"))
    for _ in range(3):
        with closing(shelf.rebuild()) as writer:
            writer.publish()
    assert folders(shelf) == ["g000003", "g000004"]


def test_a_reader_left_two_generations_behind_finds_the_newest(shelf: EmbeddedShelf) -> None:
    put(shelf, make_document("d:1", "apple"))
    with closing(shelf.index()) as index:
        for name in ("d:2", "d:3", "d:4"):
            with closing(shelf.rebuild()) as writer:
                document = make_document(name, "apple")
                writer.upsert(document, entries_of(document))
                writer.publish()
        assert names(index.search(asking("apple"))) == {"d:4"}


def test_compaction_waits_until_a_third_is_dead(shelf: EmbeddedShelf) -> None:
    put(shelf, *(make_document(f"d:{i}", "apple") for i in range(10)))
    with closing(shelf.writer()) as writer:
        for i in range(3):
            writer.delete(f"d:{i}")
        writer.commit()
        assert not writer.compact_if_needed()
        writer.delete("d:3")
        writer.commit()
        assert writer.compact_if_needed()
        assert not writer.compact_if_needed()
    assert folders(shelf) == ["g000001", "g000002"]
    assert (shelf.root / "g000002/vec/e5.f16").stat().st_size == 6 * 16 * 2


def test_an_index_of_which_all_was_deleted_can_be_compacted_and_filled_again(shelf: EmbeddedShelf) -> None:
    put(shelf, make_document("d:1", "apple"))
    with closing(shelf.writer()) as writer:
        writer.delete("d:1")
        writer.commit()
        assert writer.compact_if_needed()
    with closing(shelf.index()) as index:
        assert names(index.search(asking("apple", like="apple"))) == set()
        put(shelf, make_document("d:2", "apple"))
        assert names(index.search(asking("apple", like="apple"))) == {"d:2"}


def test_a_second_writer_is_told_who_writes(shelf: EmbeddedShelf) -> None:
    with closing(shelf.writer()), pytest.raises(Transient, match=f"process {os.getpid()} is writing"):
        open_writer(shelf.root, FINGERPRINT, wait=0.1)
    shelf.writer().close()


def test_a_writer_whose_commit_failed_can_only_be_closed(shelf: EmbeddedShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    put(shelf, make_document("d:0", "apple"))
    with closing(shelf.writer()) as writer:
        document = make_document("d:1", "apple")
        writer.upsert(document, entries_of(document))
        monkeypatch.setattr(writer._store, "_write", _fail)
        with pytest.raises(OSError, match="disk full"):
            writer.commit()
        with pytest.raises(IndexUnusable, match="close this writer"):
            writer.commit()
    with closing(shelf.index()) as index:
        assert names(index.search(asking("apple", like="apple"))) == {"d:0"}
        put(shelf, make_document("d:2", "apple"))
        assert names(index.search(asking("apple", like="apple"))) == {"d:0", "d:2"}


def test_a_compaction_that_fails_changes_nothing(shelf: EmbeddedShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    put(shelf, make_document("d:0", "apple"), make_document("d:1", "apple"))
    with closing(shelf.writer()) as writer:
        writer.delete("d:0")
        writer.commit()
        with monkeypatch.context() as patch:
            patch.setattr(writer_module, "copy", _fail)
            with pytest.raises(OSError, match="disk full"):
                writer.compact_if_needed()
        assert folders(shelf) == ["g000001"]
        assert writer.compact_if_needed()
    assert names(shelf.index().search(asking("apple", like="apple"))) == {"d:1"}


def _fail(*_: object) -> None:
    raise OSError("disk full")
