"""Sentences that share no word with the question are told apart by their vectors."""

import numpy as np

from retrieval.models import Evidence, Passage, Query
from retrieval.near import near
from retrieval.protocols import EmbedderDown
from retrieval.vectors import Leg


class Letters:
    """Vectors by first letter: "a…" and "b…" are as far apart as can be."""

    name, dimension, fingerprint = "letters", 2, "letters"

    def __init__(self, languages=frozenset(), *, down=False):
        self.languages, self.down = languages, down

    def passages(self, texts, languages):
        if self.down:
            raise EmbedderDown("gone")
        return np.array([[1, 0] if text.startswith("A") else [0, 1] for text in texts], np.float32)

    def query(self, text, language):
        return self.passages([text], [language])


def passage(text="A one. B two. A three.", language="en"):
    return Passage("d", 0, "s", "t", "", "", text, 0, len(text), language, frozenset(), None, 1.0, Evidence(0, 0, 0))


QUERY = Query("A question", "en", frozenset())


def test_every_sentence_gets_its_cosine():
    assert near([Leg(Letters())], QUERY, [passage()])[0].evidence.near == (1.0, 0.0, 1.0)


def test_without_vectors_passages_stay_as_they_are():
    for legs in ([], [Leg(Letters(down=True))], [Leg(Letters(frozenset({"ko"})))]):
        assert near(legs, QUERY, [passage()]) == [passage()]


def test_only_the_first_passages_and_a_limited_number_of_sentences_are_embedded():
    long = passage("A one. " * 41)
    found = near([Leg(Letters())], QUERY, [long, passage(), passage(), passage()])
    assert [bool(one.evidence.near) for one in found] == [False, True, True, False]
