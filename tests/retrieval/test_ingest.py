"""A run brings the index up to date, survives every bad document, and forgets nothing by accident."""

import hashlib
import threading
import time

import numpy as np
import pytest

from core.errors import BadDocument, IndexUnusable
from retrieval import ingest as module
from retrieval.analyze import Analyzer
from retrieval.indexes.embedded import EmbeddedIndex, open_writer, rebuild
from retrieval.ingest import Control, ingest
from retrieval.models import IndexRequest, RawDocument
from retrieval.prepare import Workbench
from retrieval.protocols import EmbedderDown, Unchanged, Unreadable
from retrieval.tally import MOST_NAMED
from retrieval.vectors import Leg

PUBLIC = frozenset({"public"})
ANALYZER = Analyzer(None)


class Counting:
    """An embedder that counts what it embeds."""

    name, dimension, fingerprint = "counting", 8, "counting"
    languages: frozenset[str] = frozenset()

    def __init__(self):
        self.texts = []
        self.down = False

    def passages(self, texts, languages):
        if self.down:
            raise EmbedderDown("down")
        self.texts += texts
        return np.ones((len(texts), 8), np.float32) / np.sqrt(8)

    def query(self, text, language):
        return np.ones((1, 8), np.float32) / np.sqrt(8)


class Shelf:
    """A source of which the test decides everything."""

    name, expected = "shelf", 0

    def __init__(self, **texts):
        self.texts = texts
        self.readers = {}
        self.extra = []

    def check(self):
        """Always there."""

    async def documents(self, known):
        for name, text in self.texts.items():
            readers = self.readers.get(name, PUBLIC)
            content = text.encode() if isinstance(text, str) else text
            etag = hashlib.sha256(content + repr(sorted(readers)).encode()).hexdigest()
            id_ = f"shelf:{name}"
            if known.get(id_) == etag:
                yield Unchanged(id_)
            else:
                yield RawDocument(id_, "shelf", f"{name}.md", "", readers, etag, content)
        for item in self.extra:
            yield item


@pytest.fixture
def embedder():
    return Counting()


@pytest.fixture
def bench(embedder):
    return Workbench(ANALYZER, [Leg(embedder)])


@pytest.fixture
def run(tmp_path, bench):
    async def ingested(source, control=None, *, anew=False):
        writer = (rebuild if anew else open_writer)(tmp_path / "index", bench.fingerprint)
        try:
            report = await ingest(source, writer, bench=bench, control=control or Control())
            writer.publish()
            return report
        finally:
            writer.close()

    return ingested


@pytest.fixture
def found(tmp_path, bench):
    def search(words, audience=PUBLIC):
        index = EmbeddedIndex(tmp_path / "index", bench.fingerprint)
        result = index.search(IndexRequest(ANALYZER.terms(words), {}, frozenset(audience)))
        return sorted({one.document.id for one in result.candidates if one.words > 0})

    return search


def counts(report):
    return report.added, report.changed, report.unchanged, report.deleted, report.failed


async def test_new_changed_and_vanished_documents_are_told_apart(run, found):
    shelf = Shelf(a="연차 이월", b="출장 여비", c="보안 규정", d="건강 검진")
    assert counts(await run(shelf)) == (4, 0, 0, 0, 0)
    shelf.texts = {"a": "연차 이월", "b": "출장 경비", "c": "보안 규정", "e": "주차 안내"}
    assert counts(await run(shelf)) == (1, 1, 2, 1, 0)
    assert found("경비") == ["shelf:b"]
    assert found("검진") == []
    assert counts(await run(shelf)) == (0, 0, 4, 0, 0)


async def test_a_bad_document_is_named_and_all_others_are_indexed(run, found):
    report = await run(Shelf(a="연차 이월", bad=b"%PDF-1.4", b="출장 여비", empty=b""))
    assert counts(report) == (2, 0, 0, 0, 2)
    assert [(one.id, "PDF" in one.reason or "empty" in one.reason) for one in report.failures] == [
        ("shelf:bad", True),
        ("shelf:empty", True),
    ]
    assert found("여비") == ["shelf:b"]


async def test_the_old_version_of_a_document_that_fails_stays(run, found):
    shelf = Shelf(a="연차 이월", b="출장 여비")
    await run(shelf)
    shelf.texts["a"] = b"\x89PNG"
    assert counts(await run(shelf)) == (0, 0, 1, 0, 1)
    assert found("이월") == ["shelf:a"]
    shelf.texts["a"] = "연차 소멸"
    assert counts(await run(shelf)) == (0, 1, 1, 0, 0)
    assert found("소멸") == ["shelf:a"]


@pytest.mark.parametrize("unreadable", [True, False])
async def test_the_old_version_does_not_stay_for_people_who_may_no_longer_read_it(run, found, unreadable):
    shelf = Shelf(a="연차 이월", b="출장 여비")
    await run(shelf)
    if unreadable:
        del shelf.texts["a"]
        shelf.extra = [Unreadable("shelf:a", "Permission denied", frozenset({"group:hr"}))]
    else:
        shelf.texts["a"], shelf.readers["a"] = b"\x89PNG", frozenset({"group:hr"})
    report = await run(shelf)
    assert "readers changed" in report.failures[0].reason
    assert found("이월") == found("이월", {"group:hr"}) == []


async def test_a_document_that_the_source_cannot_read_is_not_deleted(run, found):
    shelf = Shelf(a="연차 이월", b="출장 여비", c="보안", d="주차")
    await run(shelf)
    del shelf.texts["a"]
    shelf.extra = [Unreadable("shelf:a", "Permission denied")]
    assert counts(await run(shelf)) == (0, 0, 3, 0, 1)
    assert found("이월") == ["shelf:a"]


async def test_nothing_beneath_a_folder_that_cannot_be_listed_is_deleted(run, found):
    shelf = Shelf(**{"hr/a": "연차 이월", "hr/b": "출장 여비", "c": "보안", "d": "주차", "e": "점심"})
    await run(shelf)
    shelf.texts = {"c": "보안", "d": "주차"}
    shelf.extra = [Unreadable("shelf:hr/", "cannot be listed")]
    report = await run(shelf)
    assert (report.deleted, report.failed) == (1, 1)
    assert found("이월") == ["shelf:hr/a"]
    assert found("점심") == []


@pytest.mark.parametrize("left", [0, 1])
async def test_when_most_has_vanished_nothing_is_deleted_unless_forced(run, found, left):
    shelf = Shelf(**{f"d{number}": f"문서 {number}" for number in range(4)})
    await run(shelf)
    shelf.texts = dict(list(shelf.texts.items())[:left])
    report = await run(shelf)
    assert (report.deleted, report.kept, report.notes) == (0, 4 - left, ("deletions_refused",))
    assert len(found("문서")) == 4
    assert (await run(shelf, Control(force=True))).deleted == 4 - left
    assert len(found("문서")) == left


async def test_renaming_everything_is_not_taken_for_a_loss(run):
    await run(Shelf(**{f"old{number}": f"문서 {number}" for number in range(4)}))
    assert counts(await run(Shelf(**{f"new{number}": f"문서 {number}" for number in range(4)}))) == (4, 0, 0, 4, 0)


async def test_a_change_of_readers_embeds_nothing_again(run, found, embedder):
    shelf = Shelf(a="연차 이월", b="출장 여비")
    await run(shelf)
    embedded = len(embedder.texts)
    shelf.readers["a"] = frozenset({"group:hr"})
    report = await run(shelf)
    assert (report.changed, report.unchanged, report.chunks) == (1, 1, 0)
    assert len(embedder.texts) == embedded
    assert found("이월") == []
    assert found("이월", {"group:hr"}) == ["shelf:a"]


async def test_a_run_that_is_stopped_keeps_what_it_committed_and_deletes_nothing(run, found, monkeypatch):
    monkeypatch.setattr(module, "BATCH_CHUNKS", 1)
    monkeypatch.setattr(module, "COMMIT_CHUNKS", 1)
    shelf = Shelf(**{f"d{number}": f"문서 {number}" for number in range(9)})
    seen = []
    report = await run(shelf, Control(progress=lambda *at: seen.append(at), cancelled=lambda: len(seen) >= 4))
    assert report.notes == ("cancelled",)
    assert report.added == 4 == len(found("문서"))
    assert counts(await run(shelf)) == (5, 0, 4, 0, 0)


async def test_progress_names_every_document(run):
    seen = []
    await run(Shelf(a="하나", b="둘"), Control(progress=lambda *at: seen.append(at)))
    assert seen == [(0, 0, "shelf:a"), (1, 0, "shelf:b")]


async def test_a_document_that_takes_too_long_is_named_and_the_run_goes_on(run, found, bench, monkeypatch):
    monkeypatch.setattr(module, "DOCUMENT_SECONDS", 0.2)
    over = threading.Event()
    real = Workbench.prepare

    def slow(self, raw, etag):
        if raw.id == "shelf:slow":
            over.wait(5)
        return real(self, raw, etag)

    monkeypatch.setattr(Workbench, "prepare", slow)
    started = time.monotonic()
    report = await run(Shelf(slow="느린 글", a="연차 이월"))
    over.set()
    assert time.monotonic() - started < 4
    assert "longer than 0.2 seconds" in report.failures[0].reason
    assert found("이월") == ["shelf:a"]


@pytest.mark.parametrize("error", [RuntimeError("boom"), RecursionError(), MemoryError(), BadDocument("bad")])
async def test_any_error_of_one_document_is_its_own(run, found, monkeypatch, error):
    real = Workbench.prepare

    def broken(self, raw, etag):
        if raw.id == "shelf:bad":
            raise error
        return real(self, raw, etag)

    monkeypatch.setattr(Workbench, "prepare", broken)
    assert counts(await run(Shelf(bad="나쁜 글", a="연차 이월"))) == (1, 0, 0, 0, 1)
    assert found("이월") == ["shelf:a"]


async def test_one_document_that_cannot_be_analysed_does_not_take_its_batch_along(run, found, monkeypatch):
    real = Workbench.entries

    def broken(self, prepared):
        if any(one.document.id == "shelf:bad" for one in prepared):
            raise RuntimeError("boom")
        return real(self, prepared)

    monkeypatch.setattr(Workbench, "entries", broken)
    report = await run(Shelf(a="연차 이월", bad="나쁜 글", b="출장 여비"))
    assert counts(report) == (2, 0, 0, 0, 1)
    assert "RuntimeError: boom" in report.failures[0].reason


async def test_without_the_embedder_the_run_stops_and_says_so(run, found, embedder):
    await run(Shelf(a="연차 이월"))
    embedder.down = True
    with pytest.raises(EmbedderDown):
        await run(Shelf(a="연차 이월", b="출장 여비"))
    assert found("이월") == ["shelf:a"]


async def test_trouble_of_the_index_is_not_blamed_on_a_document(run, bench, tmp_path, monkeypatch):
    writer = open_writer(tmp_path / "other", bench.fingerprint)
    monkeypatch.setattr(writer, "commit", lambda: (_ for _ in ()).throw(IndexUnusable("disk")))
    with pytest.raises(IndexUnusable):
        await ingest(Shelf(a="연차"), writer, bench=bench)
    writer.close()


async def test_a_rebuild_is_seen_only_when_it_is_whole(run, found, bench, tmp_path):
    await run(Shelf(a="연차 이월"))
    writer = rebuild(tmp_path / "index", bench.fingerprint)
    await ingest(Shelf(b="출장 여비"), writer, bench=bench)
    assert found("여비") == []
    writer.publish()
    writer.close()
    assert (found("여비"), found("이월")) == (["shelf:b"], [])


async def test_hundreds_of_failures_are_counted_and_twenty_are_named(run):
    report = await run(Shelf(**{f"d{number}": b"" for number in range(50)}))
    assert (report.failed, len(report.failures)) == (50, MOST_NAMED)


async def test_ids_of_other_sources_are_left_alone(run, found):
    await run(Shelf(a="연차 이월"))
    other = Shelf(b="출장 여비")
    other.name = "other"
    assert (await run(other)).deleted == 0
    assert found("이월") == ["shelf:a"]
