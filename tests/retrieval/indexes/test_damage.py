"""A damaged index folder: derived parts are made anew, and lost truth has a decided outcome that is said."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import IndexEmpty, IndexUnusable
from retrieval.indexes.embedded import EmbeddedIndex
from retrieval.models import IndexResult
from tests.contracts.index_contract import names, put
from tests.contracts.index_samples import FINGERPRINT, LEG, asking, entries_of, make_document
from tests.retrieval.indexes.conftest import EmbeddedShelf

WAY_OUT = "daedap reindex --rebuild"
NUMBERS = range(30)


def found(shelf: EmbeddedShelf) -> IndexResult:
    with closing(shelf.index()) as index:
        return index.search(asking("apple", like="apple 3", pool=100))


def content(result: IndexResult) -> object:
    return {(c.document.id, c.chunk, c.words, c.cosines[LEG]) for c in result.candidates}


@pytest.fixture
def filled(shelf: EmbeddedShelf) -> EmbeddedShelf:
    """Generation 1 holds `old`, generation 2 thirty apples."""
    put(shelf, make_document("old", "apple of old"))
    with closing(shelf.rebuild()) as writer:
        for i in NUMBERS:
            document = make_document(f"d:{i}", f"apple {i}")
            writer.upsert(document, entries_of(document))
        writer.publish()
    return shelf


def garble(path: Path) -> None:
    path.write_bytes(b"garbage{" + path.read_bytes()[8:])


def halve(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


DERIVED: dict[str, Callable[[Path], object]] = {
    "meta.json is garbage": lambda g: garble(g / "lex/meta.json"),
    "meta.json is missing": lambda g: (g / "lex/meta.json").unlink(),
    "the list of files is garbage": lambda g: garble(g / "lex/.managed.json"),
    "words are missing": lambda g: shutil.rmtree(g / "lex"),
    "words are cut short": lambda g: halve(next((g / "lex").glob("*.idx"))),
    "a file of words is missing": lambda g: next((g / "lex").glob("*.fast")).unlink(),
    "int8 vectors are missing": lambda g: (g / "vec/e5.i8").unlink(),
    "int8 vectors are cut short": lambda g: halve(g / "vec/e5.i8"),
    "scales are missing": lambda g: (g / "vec/e5.scale").unlink(),
}

TRUTH: dict[str, Callable[[Path], object]] = {
    "the database is cut short": lambda g: halve(g / "main.db"),
    "the database is garbage": lambda g: (g / "main.db").write_bytes(b"garbage" * 5000),
    "the database is empty": lambda g: (g / "main.db").write_bytes(b""),
    "the database is missing": lambda g: (g / "main.db").unlink(),
    "vectors are missing": lambda g: (g / "vec/e5.f16").unlink(),
    "vectors are cut short": lambda g: halve(g / "vec/e5.f16"),
    "the folder is empty": empty,
    "the folder is missing": shutil.rmtree,
}


@pytest.mark.parametrize("damage", DERIVED.values(), ids=DERIVED.keys())
@pytest.mark.parametrize("first", ["reader", "writer"])
def test_derived_parts_are_made_anew_by_whoever_comes_first(filled: EmbeddedShelf, damage, first: str) -> None:
    before = content(found(filled))
    damage(filled.root / "g000002")
    if first == "writer":
        filled.writer().close()
    with closing(filled.index()) as index:
        assert index.problem is None
    assert content(found(filled)) == before
    put(filled, make_document("new", "apple pie"))
    assert names(found(filled)) == {f"d:{i}" for i in NUMBERS} | {"new"}


@pytest.mark.parametrize("damage", TRUTH.values(), ids=TRUTH.keys())
def test_a_reader_falls_back_to_the_generation_before_and_says_so(filled: EmbeddedShelf, damage) -> None:
    damage(filled.root / "g000002")
    with closing(filled.index()) as index:
        assert index.problem
        assert WAY_OUT in index.problem
        assert "g000001" in index.problem
        assert names(index.search(asking("apple"))) == {"old"}
        with closing(filled.rebuild()) as writer:
            document = make_document("anew", "apple")
            writer.upsert(document, entries_of(document))
            writer.publish()
        assert names(index.search(asking("apple"))) == {"anew"}
        assert index.problem is None


@pytest.mark.parametrize("damage", TRUTH.values(), ids=TRUTH.keys())
def test_a_writer_falls_back_and_the_next_reindex_fills_the_gap(filled: EmbeddedShelf, damage) -> None:
    damage(filled.root / "g000002")
    with closing(filled.writer()) as writer:
        assert writer.problem
        assert WAY_OUT in writer.problem
        assert set(writer.known("files")) == {"old"}
        document = make_document("new", "apple")
        writer.upsert(document, entries_of(document))
        writer.commit()
    with closing(filled.index()) as index:
        assert index.problem is None
        assert names(index.search(asking("apple"))) == {"old", "new"}


@pytest.mark.parametrize("damage", TRUTH.values(), ids=TRUTH.keys())
def test_without_an_older_generation_the_error_names_the_way_out_which_works(shelf: EmbeddedShelf, damage) -> None:
    put(shelf, *(make_document(f"d:{i}", f"apple {i}") for i in NUMBERS))
    damage(shelf.root / "g000001")
    for attempt in (shelf.index, shelf.writer):
        with pytest.raises(IndexUnusable, match=WAY_OUT):
            attempt()
    with closing(shelf.rebuild()) as writer:
        document = make_document("anew", "apple")
        writer.upsert(document, entries_of(document))
        writer.publish()
    assert names(found(shelf)) == {"anew"}


@pytest.mark.parametrize("written", ["", "\n", "g0000", "g000777", "\x00\x01", "../.."])
def test_a_damaged_current_costs_nothing(filled: EmbeddedShelf, written: str) -> None:
    before = content(found(filled))
    (filled.root / "CURRENT").write_text(written)
    with closing(filled.index()) as index:
        assert index.problem
        assert "CURRENT" in index.problem
    assert content(found(filled)) == before
    filled.writer().close()
    with closing(filled.index()) as index:
        assert index.problem is None
    assert content(found(filled)) == before


def test_a_missing_current_costs_nothing(filled: EmbeddedShelf) -> None:
    (filled.root / "CURRENT").unlink()
    put(filled, make_document("new", "apple"))
    assert names(found(filled)) == {f"d:{i}" for i in NUMBERS} | {"new"}


def test_damage_under_an_open_reader_makes_it_fall_back(filled: EmbeddedShelf) -> None:
    with closing(filled.rebuild()) as writer:
        for i in range(3000):
            document = make_document(f"d:{i}", f"apple {i} " + "and more " * 20)
            writer.upsert(document, entries_of(document))
        writer.publish()
    with closing(filled.index()) as index:
        assert len(index.search(asking("apple")).candidates) == 50
        with (filled.root / "g000003/main.db").open("r+b") as database:
            database.seek(40 * 4096)
            database.write(b"\xff" * 100 * 4096)
        assert names(index.search(asking("900", like="anything", pool=100))) == {f"d:{i}" for i in NUMBERS}
        assert index.problem
        assert "g000003" in index.problem


def test_an_open_reader_gets_the_words_that_a_writer_made_anew(filled: EmbeddedShelf) -> None:
    index = filled.index()
    before = content(index.search(asking("apple", like="apple 3", pool=100)))
    shutil.rmtree(filled.root / "g000002/lex")
    assert content(index.search(asking("apple", like="apple 3", pool=100))) == before
    filled.writer().close()
    assert content(index.search(asking("apple", like="apple 3", pool=100))) == before
    put(filled, make_document("new", "apple pie"))
    assert "new" in names(index.search(asking("pie")))


def test_words_lost_between_two_commits_are_made_anew_by_the_reader(filled: EmbeddedShelf) -> None:
    index = filled.index()
    with sqlite3.connect(filled.root / "g000002/main.db") as other:
        other.execute("update state set value = value + 1 where key = 'version'")
    other.close()
    shutil.rmtree(filled.root / "g000002/lex")
    assert names(index.search(asking("apple", pool=100))) == {f"d:{i}" for i in NUMBERS}
    assert index.problem is None


def test_the_broken_generation_is_kept_until_the_next_is_published(filled: EmbeddedShelf) -> None:
    halve(filled.root / "g000002/main.db")
    filled.writer().close()
    assert (filled.root / "g000002.broken").is_dir()
    with closing(filled.rebuild()) as writer:
        writer.publish()
    assert sorted(path.name for path in filled.root.glob("g*")) == ["g000001", "g000003"]


def test_an_interrupted_first_build_is_begun_anew(shelf: EmbeddedShelf) -> None:
    (shelf.root / "g000001/lex").mkdir(parents=True)
    (shelf.root / "g000001/main.db").touch()
    with pytest.raises(IndexEmpty, match="daedap reindex"):
        shelf.index()
    put(shelf, make_document("d:1", "apple"))
    assert names(found(shelf)) == {"d:1"}


def test_without_an_index_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexEmpty, match=r"no index yet\. Run `daedap reindex`"):
        EmbeddedIndex(tmp_path / "nowhere", FINGERPRINT)
