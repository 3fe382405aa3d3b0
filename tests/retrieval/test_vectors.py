import numpy as np

from retrieval.vectors import Leg, Text, chunk_vectors, pieces, question_vectors
from tests.retrieval.memory_index import DirectionEmbedder


class Recorder(DirectionEmbedder):
    def __init__(self, languages=frozenset()):
        super().__init__({})
        self.languages, self.seen = frozenset(languages), []

    def passages(self, texts, languages):
        self.seen += zip(texts, languages, strict=True)
        return super().passages(texts, languages)


def test_pieces_are_whole_sentences_and_lose_nothing():
    text = "첫 문장이다. 둘째 문장이다.\n- 항목 하나\n- 항목 둘"
    found = list(pieces(text, 16))
    assert len(found) > 1 and all(len(piece) <= 16 for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_a_text_without_a_sentence_is_one_piece():
    assert list(pieces("", 100)) == [""]
    assert list(pieces("---", 100)) == ["---"]


def test_every_piece_carries_its_heading_and_korean_ones_are_half_as_long():
    recorder = Recorder()
    text = "A sentence of some words here. " * 20
    one, two = chunk_vectors([Leg(recorder, piece=200)], [Text("Policy", text, "en"), Text("규정", text, "ko")])
    assert all(seen.startswith(("Policy\n", "규정\n")) for seen, _ in recorder.seen)
    assert len(two["e5"]) > len(one["e5"]) > 1 and one["e5"].shape[1] == recorder.dimension


def test_a_leg_is_not_asked_for_languages_it_does_not_know():
    legs = [Leg(Recorder({"en"}))]
    korean, english = chunk_vectors(legs, [Text("", "가나다.", "ko"), Text("", "Abc.", "en")])
    assert korean == {} and english["e5"].shape == (1, 4)
    assert question_vectors(legs, "가", "ko") == {}
    assert np.isclose(np.linalg.norm(question_vectors(legs, "a", "en")["e5"]), 1)


def test_no_texts_and_no_legs_are_no_error():
    assert chunk_vectors([Leg(Recorder())], []) == []
    assert chunk_vectors([], [Text("", "a", "en")]) == [{}]
