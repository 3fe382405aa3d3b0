"""What every index promises; a subclass gives the fixture `shelf`, as in tests/retrieval/indexes/test_contract.py."""

import itertools
import multiprocessing
import time
from contextlib import closing
from multiprocessing.synchronize import Event
from typing import Protocol

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadDocument
from retrieval.models import Chunk, Document, Entry, IndexResult
from retrieval.protocols import Index, IndexWriter
from tests.contracts.index_samples import EVERYONE, LEG, asking, entries_of, make_document, vector_of


class Shelf(Protocol):
    """One index of the implementation under test. Picklable: another process writes to it."""

    def writer(self) -> IndexWriter: ...

    def rebuild(self) -> IndexWriter: ...

    def index(self) -> Index: ...


def put(shelf: Shelf, *documents: Document) -> None:
    with closing(shelf.writer()) as writer:
        for document in documents:
            writer.upsert(document, entries_of(document))
        writer.commit()


def names(result: IndexResult) -> set[str]:
    return {candidate.document.id for candidate in result.candidates}


def scores(result: IndexResult) -> dict[str, float]:
    return {candidate.document.id: candidate.words for candidate in result.candidates}


class IndexContract:
    """Subclass it as `Test…` and give a fixture `shelf` with an empty index of `index_samples.FINGERPRINT`."""

    # ---- finding

    def test_words_rank_by_rarity_and_frequency(self, shelf: Shelf) -> None:
        put(
            shelf,
            make_document("d:once", "leave is granted by the lead of a team"),
            make_document("d:twice", "leave and more leave is granted by a lead"),
            make_document("d:rare", "sabbatical and leave are granted by a lead"),
            make_document("d:none", "expenses need receipts and a signature here"),
        )
        found = scores(shelf.index().search(asking("sabbatical leave")))
        assert found["d:rare"] > found["d:twice"] > found["d:once"] > 0
        assert "d:none" not in found

    def test_a_vector_finds_what_shares_no_word(self, shelf: Shelf) -> None:
        put(shelf, *(make_document(f"d:{i}", f"sentence number {i}") for i in range(40)))
        result = shelf.index().search(asking("nothing", like="sentence number 7", pool=3))
        best = max(result.candidates, key=lambda candidate: candidate.cosines[LEG])
        assert best.document.id == "d:7"
        assert best.cosines[LEG] == pytest.approx(1, abs=2e-3)
        assert len(result.candidates) == 3

    def test_every_candidate_has_every_score_whoever_found_it(self, shelf: Shelf) -> None:
        put(shelf, *(make_document(f"d:{i}", f"common words beside {i}") for i in range(30)))
        result = shelf.index().search(asking("common 3", like="common words beside 5", pool=2))
        assert {"d:3", "d:5"} <= names(result)
        for candidate in result.candidates:
            expected = float(vector_of(candidate.chunk.text) @ vector_of("common words beside 5"))
            assert candidate.cosines[LEG] == pytest.approx(expected, abs=2e-3)
            assert candidate.words > 0

    def test_the_nearest_are_truly_the_nearest(self, shelf: Shelf) -> None:
        texts = [f"text {i}" for i in range(300)]
        put(shelf, *(make_document(f"d:{text}", text) for text in texts))
        result = shelf.index().search(asking(like="a question", pool=10))
        cosines = np.array([vector_of(text) for text in texts]) @ vector_of("a question")
        assert names(result) == {f"d:{texts[i]}" for i in np.argsort(-cosines)[:10]}

    def test_a_candidate_carries_what_was_put_in(self, shelf: Shelf) -> None:
        document = make_document(
            "d:휴가", "연차는 15일이다 😀\nSecond line, é and more", language="ko", readers={"hr", "boss"}
        )
        put(shelf, document)
        result = shelf.index().search(asking("연차는 second", audience=frozenset({"boss"})))
        found = sorted(result.candidates, key=lambda candidate: candidate.chunk.ordinal)
        assert [candidate.chunk for candidate in found] == [entry.chunk for entry in entries_of(document)]
        assert [candidate.sentences for candidate in found] == [entry.sentences for entry in entries_of(document)]
        for candidate in found:
            about = candidate.document
            assert (about.id, about.title, about.url) == (document.id, document.title, document.url)
            assert (about.readers, about.language, about.etag) == (document.readers, "ko", "1")
            assert candidate.chunk.text == document.text[candidate.chunk.start : candidate.chunk.end]

    def test_empty_sentences_and_repeated_terms_come_back_as_they_were(self, shelf: Shelf) -> None:
        document = make_document("d:1", "x y")
        sentences = ((), ("a", "a", "b"), (), ("c",))
        with closing(shelf.writer()) as writer:
            writer.upsert(document, [Entry(Chunk(0, "x y", "", 0, 3), sentences)])
            writer.commit()
        (candidate,) = shelf.index().search(asking("a", like="anything")).candidates
        assert candidate.sentences == sentences
        assert candidate.cosines == {LEG: 0.0}  # it has no vector

    def test_repeating_a_term_changes_nothing(self, shelf: Shelf) -> None:
        put(shelf, make_document("d:1", "red apple"), make_document("d:2", "green apple tree"))
        index = shelf.index()
        once, often = index.search(asking("red apple")), index.search(asking("red red apple red apple"))
        assert scores(once) == scores(often)
        assert once.frequencies == often.frequencies

    def test_two_hundred_terms_are_fine(self, shelf: Shelf) -> None:
        put(shelf, *(make_document(f"d:{i}", f"word{i} word{i + 1}") for i in range(250)))
        result = shelf.index().search(asking(" ".join(f"word{i}" for i in range(200)), pool=100))
        assert len(result.candidates) == 100
        assert len(result.frequencies) == 200

    def test_statistics_are_those_of_the_collection(self, shelf: Shelf) -> None:
        put(shelf, make_document("d:1", "one two", title="t"), make_document("d:2", "two three four", title="t"))
        result = shelf.index().search(asking("one two absent"))
        assert result.frequencies == {"one": 1, "two": 2, "absent": 0}
        assert result.count == 2
        assert result.average_length == pytest.approx((3 + 4) / 2)  # the title's term counts

    @pytest.mark.parametrize("request_", [asking(), asking("unknown"), asking("apple", audience=frozenset())])
    def test_asking_for_nothing_finds_nothing(self, shelf: Shelf, request_) -> None:
        put(shelf, make_document("d:1", "red apple"))
        assert shelf.index().search(request_).candidates == ()

    def test_an_empty_index_finds_nothing(self, shelf: Shelf) -> None:
        shelf.writer().close()
        result = shelf.index().search(asking("apple", like="apple"))
        assert (result.candidates, result.count) == ((), 0)

    def test_sources_and_languages_narrow_the_search(self, shelf: Shelf) -> None:
        put(
            shelf,
            make_document("a:1", "apple", source="a", language="en"),
            make_document("a:2", "apple", source="a", language="ko"),
            make_document("b:1", "apple", source="b", language="ko"),
        )
        index = shelf.index()
        assert names(index.search(asking("apple", like="apple", sources={"a"}))) == {"a:1", "a:2"}
        assert names(index.search(asking("apple", like="apple", languages={"ko"}))) == {"a:2", "b:1"}
        assert names(index.search(asking("apple", like="apple", sources={"b"}, languages={"en"}))) == set()

    def test_identical_texts_are_found_in_all_their_documents(self, shelf: Shelf) -> None:
        put(shelf, *(make_document(f"d:{i}", "the very same text") for i in range(5)))
        assert names(shelf.index().search(asking("same", like="the very same text"))) == {f"d:{i}" for i in range(5)}

    # ---- changing

    def test_a_document_put_again_takes_the_place_of_the_old_one(self, shelf: Shelf) -> None:
        put(shelf, make_document("d:1", "old words\nmore old words\nand more"))
        index = shelf.index()
        put(shelf, make_document("d:1", "new words", etag="2"))
        (candidate,) = index.search(asking("old new words", like="old words")).candidates
        assert (candidate.chunk.text, candidate.document.etag) == ("new words", "2")

    def test_the_last_change_of_a_document_in_a_commit_counts(self, shelf: Shelf) -> None:
        with closing(shelf.writer()) as writer:
            for text in ("first", "second", "third"):
                document = make_document("d:1", text)
                writer.upsert(document, entries_of(document))
            writer.delete("d:2")
            document = make_document("d:2", "back again")
            writer.upsert(document, entries_of(document))
            writer.commit()
        found = shelf.index().search(asking("first second third back"))
        assert {candidate.chunk.text for candidate in found.candidates} == {"third", "back again"}

    def test_a_deleted_document_is_gone(self, shelf: Shelf) -> None:
        put(shelf, make_document("d:1", "apple"), make_document("d:2", "apple"))
        index = shelf.index()
        with closing(shelf.writer()) as writer:
            writer.delete("d:1")
            writer.delete("d:unknown")
            writer.commit()
        assert names(index.search(asking("apple", like="apple"))) == {"d:2"}
        assert index.document("d:1", EVERYONE) is None

    def test_nothing_is_seen_before_its_commit_and_all_after(self, shelf: Shelf) -> None:
        put(shelf, make_document("d:0", "apple"))
        index = shelf.index()
        with closing(shelf.writer()) as writer:
            document = make_document("d:1", "apple")
            writer.upsert(document, entries_of(document))
            writer.delete("d:0")
            assert names(index.search(asking("apple"))) == {"d:0"}
            writer.commit()
            assert names(index.search(asking("apple"))) == {"d:1"}
            writer.delete("d:1")
        assert names(index.search(asking("apple"))) == {"d:1"}  # closed without a commit

    def test_known_tells_the_etags_of_a_source(self, shelf: Shelf) -> None:
        put(shelf, make_document("a:1", "x", source="a", etag="7"), make_document("b:1", "x", source="b"))
        with closing(shelf.writer()) as writer:
            assert writer.known("a") == {"a:1": "7"}
            assert writer.known("c") == {}

    def test_update_keeps_words_and_vectors(self, shelf: Shelf) -> None:
        put(shelf, make_document("d:1", "red apple\ngreen pear"), make_document("d:2", "red wine"))
        index = shelf.index()
        before = index.search(asking("apple pear", like="green pear"))
        with closing(shelf.writer()) as writer:
            assert writer.update(make_document("d:1", "red apple\ngreen pear", readers={"hr"}, etag="2"))
            writer.commit()
        assert "d:1" not in names(index.search(asking("apple pear", like="green pear")))
        after = index.search(asking("apple pear", like="green pear", audience=frozenset({"hr"})))
        kept = {c.chunk: (c.sentences, c.cosines) for c in before.candidates if c.document.id == "d:1"}
        assert {c.chunk: (c.sentences, c.cosines) for c in after.candidates} == kept
        assert {c.document.etag for c in after.candidates} == {"2"}

    def test_update_of_an_address_alone_is_seen(self, shelf: Shelf) -> None:
        put(shelf, make_document("d:1", "apple", etag="1"))
        with closing(shelf.writer()) as writer:
            assert writer.update(make_document("d:1", "apple", etag="2"))
            writer.commit()
            assert writer.known("files") == {"d:1": "2"}
        (candidate,) = shelf.index().search(asking("apple")).candidates
        assert candidate.document.etag == "2"

    def test_update_refuses_what_would_need_new_words(self, shelf: Shelf) -> None:
        put(shelf, make_document("d:1", "apple", title="Fruit"), make_document("d:2", "gone"))
        with closing(shelf.writer()) as writer:
            assert not writer.update(make_document("d:unknown", "apple"))
            assert not writer.update(make_document("d:1", "pear", title="Fruit"))
            assert not writer.update(make_document("d:1", "apple", title="Tree"))
            assert not writer.update(make_document("d:1", "apple", title="Fruit", language="ko"))
            writer.delete("d:2")
            assert not writer.update(make_document("d:2", "gone"))
            writer.commit()
        found = shelf.index().search(asking("apple pear gone"))
        assert [candidate.document.title for candidate in found.candidates] == ["Fruit"]

    def test_update_of_a_document_that_waits_for_its_commit(self, shelf: Shelf) -> None:
        document = make_document("d:1", "apple")
        with closing(shelf.writer()) as writer:
            writer.upsert(document, entries_of(document))
            assert not writer.update(make_document("d:1", "pear"))
            assert writer.update(make_document("d:1", "apple", readers={"hr"}))
            writer.commit()
        index = shelf.index()
        assert names(index.search(asking("apple"))) == set()
        assert names(index.search(asking("apple", audience=frozenset({"hr"})))) == {"d:1"}

    def test_an_entry_that_does_not_fit_is_refused_and_the_others_stay(self, shelf: Shelf) -> None:
        good = make_document("d:good", "apple pie")
        sentences = (("apple",),)
        whole = Chunk(0, "apple pie", "", 0, 9)
        bad = {
            "chunk 0 is not the text": Entry(Chunk(0, "pear", "", 0, 4), sentences),
            "a term that is empty or holds white space": Entry(whole, (("apple pie",),)),
            "'other'": Entry(whole, sentences, {"other": vector_of("x")[None]}),
            "finite numbers": Entry(whole, sentences, {LEG: np.full((1, 16), np.nan, np.float32)}),
        }
        with closing(shelf.writer()) as writer:
            writer.upsert(good, entries_of(good))
            for reason, entry in bad.items():
                with pytest.raises(BadDocument, match=f"d:bad.*{reason}"):
                    writer.upsert(make_document("d:bad", "apple pie"), [entry])
            with pytest.raises(BadDocument, match=r"d:bad.*Unicode"):
                writer.upsert(make_document("d:bad", "half a \ud83d"), [])
            writer.commit()
        assert names(shelf.index().search(asking("apple", like="apple pie"))) == {"d:good"}

    def test_a_text_with_a_zero_character_keeps_its_offsets(self, shelf: Shelf) -> None:
        document = make_document("d:1", "before\x00after\nsecond line")
        put(shelf, document)
        index = shelf.index()
        found = index.search(asking(like="second line")).candidates
        assert {candidate.chunk.text for candidate in found} == {"before\x00after", "second line"}
        assert index.document("d:1", EVERYONE) == document

    # ---- access

    def test_a_document_is_given_only_to_its_readers(self, shelf: Shelf) -> None:
        document = make_document("d:1", "secret", readers={"hr", "boss"}, title="Salaries")
        put(shelf, document)
        index = shelf.index()
        assert index.document("d:1", frozenset({"boss", "public"})) == document
        assert index.document("d:1", EVERYONE) is None
        assert index.document("d:2", EVERYONE) is None

    @given(
        readers=st.lists(st.frozensets(st.sampled_from("abcdefgh"), max_size=4), min_size=1, max_size=40),
        audiences=st.lists(st.frozensets(st.sampled_from("abcdefgh"), max_size=4), min_size=1, max_size=5),
    )
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_an_audience_finds_exactly_what_it_may_read(
        self, shelf: Shelf, readers: list[frozenset[str]], audiences: list[frozenset[str]]
    ) -> None:
        wanted = {f"d:{i}": make_document(f"d:{i}", f"apple {i}", readers=who) for i, who in enumerate(readers)}
        with closing(shelf.writer()) as writer:
            for name in writer.known("files").keys() - wanted.keys():
                writer.delete(name)
            for document in wanted.values():
                writer.upsert(document, entries_of(document))
            writer.commit()
        index = shelf.index()
        for audience in audiences:
            allowed = {name for name, document in wanted.items() if document.readers & audience}
            assert names(index.search(asking("apple", audience=audience))) == allowed
            assert names(index.search(asking(like="apple 0", audience=audience))) == allowed
            few = index.search(asking("apple 1", like="apple 0", audience=audience, pool=1))
            assert names(few) <= allowed
            assert bool(few.candidates) == bool(allowed)
            for name in wanted:
                assert (index.document(name, audience) is not None) == (name in allowed)

    def test_ten_readable_among_thousands_are_all_found(self, shelf: Shelf) -> None:
        few = {f"d:{i}" for i in range(0, 2000, 200)}
        texts = ((f"d:{i}", "apple " * 5 + str(i)) for i in range(2000))
        put(shelf, *(make_document(name, text, readers={"vip"} if name in few else {"staff"}) for name, text in texts))
        index = shelf.index()
        for request in (asking("apple", audience=frozenset({"vip"})), asking(like="x", audience=frozenset({"vip"}))):
            assert names(index.search(request)) == few

    # ---- generations

    def test_a_rebuild_is_seen_whole_once_published(self, shelf: Shelf) -> None:
        put(shelf, make_document("d:old", "apple"))
        index = shelf.index()
        before = index.search(asking("apple")).generation
        with closing(shelf.rebuild()) as writer:
            assert writer.known("files") == {}
            for i in range(3):
                document = make_document(f"d:{i}", "apple")
                writer.upsert(document, entries_of(document))
                writer.commit()
            assert names(index.search(asking("apple"))) == {"d:old"}
            writer.publish()
        result = index.search(asking("apple"))
        assert names(result) == {"d:0", "d:1", "d:2"}
        assert result.generation != before
        assert names(shelf.index().search(asking("apple"))) == {"d:0", "d:1", "d:2"}

    def test_a_rebuild_that_is_not_published_leaves_nothing(self, shelf: Shelf) -> None:
        put(shelf, make_document("d:old", "apple"))
        with closing(shelf.rebuild()) as writer:
            document = make_document("d:new", "apple")
            writer.upsert(document, entries_of(document))
            writer.commit()
        put(shelf, make_document("d:more", "apple"))
        assert names(shelf.index().search(asking("apple"))) == {"d:old", "d:more"}

    def test_compaction_changes_nothing_that_is_found(self, shelf: Shelf) -> None:
        put(shelf, *(make_document(f"d:{i}", f"apple {i}\nsecond {i}") for i in range(20)))
        index = shelf.index()
        with closing(shelf.writer()) as writer:
            for i in range(14):
                writer.delete(f"d:{i}")
            writer.commit()
            before = index.search(asking("apple second", like="apple 15"))
            writer.compact_if_needed()
            after = index.search(asking("apple second", like="apple 15"))
            document = make_document("d:new", "apple new")
            writer.upsert(document, entries_of(document))
            writer.commit()

        def content(result: IndexResult) -> dict[tuple[str, int], object]:
            return {(c.document.id, c.chunk.ordinal): (c.document, c.chunk, c.cosines) for c in result.candidates}

        assert content(before) == content(after)
        assert after.count == 12
        assert "d:new" in names(index.search(asking("apple")))

    def test_every_result_is_of_one_commit_while_another_process_writes(self, shelf: Shelf) -> None:
        put(shelf, *state(0))
        index = shelf.index()
        context = multiprocessing.get_context("spawn")
        stop = context.Event()
        child = context.Process(target=_keep_writing, args=(shelf, stop))
        child.start()
        seen: list[int] = []
        deadline = time.monotonic() + 60
        try:
            while len(set(seen)) < 25 and time.monotonic() < deadline:
                seen.append(the_one_state(index.search(asking("state", like="anything"))))
        finally:
            stop.set()
            child.join(30)
        assert child.exitcode == 0
        assert len(set(seen)) >= 25
        assert seen == sorted(seen)


WIDTH = 20


def state(number: int) -> list[Document]:
    """Every commit replaces all documents, so that a mixture of two is seen at once."""
    return [make_document(f"d:{i}", f"state {number} part {i}", etag=str(number)) for i in range(WIDTH)]


def the_one_state(result: IndexResult) -> int:
    """The state that all candidates are of; all of it was found."""
    assert names(result) == {f"d:{i}" for i in range(WIDTH)}
    states = {int(candidate.document.etag) for candidate in result.candidates}
    assert {candidate.chunk.text.split(" ")[1] for candidate in result.candidates} == {str(state) for state in states}
    assert result.count == WIDTH
    (state,) = states
    return state


def _keep_writing(shelf: Shelf, stop: Event) -> None:
    for first in itertools.count(1, 5):
        with closing(shelf.rebuild() if first % 10 == 1 else shelf.writer()) as writer:
            for number in range(first, first + 5):
                for document in state(number):
                    writer.upsert(document, entries_of(document))
                writer.commit()
                if stop.is_set():
                    return
            writer.publish()
            writer.compact_if_needed()
