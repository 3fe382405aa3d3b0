"""Scanning vectors: with and without simsimd the same, and true to the exact order."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from retrieval.indexes.embedded import EmbeddedIndex, open_writer, scan
from retrieval.indexes.embedded.quantise import from_halves, normalised, quantise
from retrieval.models import Chunk, Entry, IndexRequest
from retrieval.protocols import Fingerprint
from tests.contracts.index_samples import EVERYONE, make_document

RANDOM = np.random.default_rng(3)


def sample(count: int, dimension: int) -> np.ndarray:
    return RANDOM.standard_normal((count, dimension)).astype(np.float32)


@pytest.mark.parametrize("dimension", [1, 16, 384, 1024])
@pytest.mark.parametrize("count", [0, 1, scan.BLOCK + 7])
def test_simsimd_and_numpy_give_the_same_products(dimension: int, count: int) -> None:
    if scan.simsimd is None:
        pytest.skip("simsimd is not installed")
    query, codes = quantise(sample(1, dimension)).codes, quantise(sample(count, dimension)).codes
    assert np.array_equal(scan.dots(query, codes), scan.dots_numpy(query, codes))


def test_without_simsimd_numpy_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    query, codes = quantise(sample(1, 32)).codes, quantise(sample(50, 32)).codes
    monkeypatch.setattr(scan, "simsimd", None)
    assert np.array_equal(scan.dots(query, codes), (codes.astype(np.int64) @ query[0].astype(np.int64)))


def test_rough_scores_of_some_rows_are_those_of_all() -> None:
    pieces, question = quantise(sample(3 * scan.BLOCK, 48)), sample(1, 48)[0]
    rows = np.sort(RANDOM.choice(3 * scan.BLOCK, scan.BLOCK + 99, replace=False))
    assert np.array_equal(scan.rough_scores(question, pieces, rows), scan.rough_scores(question, pieces, None)[rows])


def test_rough_scores_follow_the_cosines() -> None:
    vectors, question = sample(5000, 384), sample(1, 384)[0]
    rough = scan.rough_scores(question, quantise(vectors), None)
    exact = normalised(vectors) @ normalised(question)
    best = set(np.argsort(-exact)[:50].tolist())
    assert best <= set(scan.largest(rough, 100).tolist())


def test_exact_scores_are_cosines() -> None:
    vectors, question = sample(100, 384), sample(1, 384)[0]
    exact = normalised(vectors) @ normalised(question)
    assert scan.exact_scores(question, quantise(vectors), np.arange(100)) == pytest.approx(exact, abs=1e-3)


def test_the_scanned_form_follows_from_the_scored_one() -> None:
    first = quantise(sample(20, 384))
    again = from_halves(first.halves)
    assert np.array_equal(first.codes, again.codes)
    assert np.array_equal(first.scales, again.scales)


def test_a_zero_vector_is_near_nothing() -> None:
    pieces = quantise(np.zeros((3, 16), np.float32))
    assert not scan.rough_scores(sample(1, 16)[0], pieces, None).any()
    assert not scan.exact_scores(sample(1, 16)[0], pieces, np.arange(3)).any()


def test_several_legs_of_several_dimensions_and_pieces(tmp_path: Path) -> None:
    fingerprint = Fingerprint("a", "c", {"large": "model", "pieces": "model", "sometimes": "model"})
    large, pieces, sometimes = sample(30, 24), sample(90, 8), sample(30, 4)
    with closing(open_writer(tmp_path, fingerprint)) as writer:
        for i in range(30):
            vectors = {"large": large[i : i + 1], "pieces": pieces[3 * i : 3 * i + 1 + i % 3]}
            if i % 2:
                vectors["sometimes"] = sometimes[i : i + 1]
            document = make_document(f"d:{i}", "apple")
            writer.upsert(document, [Entry(Chunk(0, "apple", "", 0, 5), (("apple",),), vectors)])
            if i % 7 == 0:
                writer.commit()
        writer.commit()
    question = {"large": sample(1, 24)[0], "pieces": sample(1, 8)[0], "sometimes": sample(1, 4)[0]}
    with closing(EmbeddedIndex(tmp_path, fingerprint)) as index:
        everything = index.search(IndexRequest((), question, EVERYONE, pool=30)).candidates
        few = index.search(IndexRequest((), {"pieces": question["pieces"]}, EVERYONE, pool=4)).candidates
    assert len(everything) == 30
    best: dict[str, float] = {}
    for candidate in everything:
        i = int(candidate.document.id[2:])
        own = normalised(pieces[3 * i : 3 * i + 1 + i % 3]) @ normalised(question["pieces"])
        best[candidate.document.id] = float(own.max())
        assert candidate.cosines["pieces"] == pytest.approx(own.max(), abs=2e-3)
        assert candidate.cosines["large"] == pytest.approx(
            float(normalised(large[i]) @ normalised(question["large"])), abs=2e-3
        )
        assert (candidate.cosines["sometimes"] == 0) == (i % 2 == 0)
    assert {c.document.id for c in few} == set(sorted(best, key=lambda name: -best[name])[:4])
