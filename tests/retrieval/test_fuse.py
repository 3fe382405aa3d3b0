import asyncio
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from retrieval.evidence import Asked
from retrieval.fuse import Gated
from retrieval.models import Candidate, IndexResult, Query
from retrieval.rerankers.builtin import Builtin, by_features
from retrieval.rerankers.none import KeepOrder
from retrieval.vectors import Leg
from tests.retrieval.memory_index import DirectionEmbedder, chunk, document

ASKED = Query("연차 이월 며칠", "ko", frozenset({"public"}))
TERMS = ("연차", "이월", "_연차", "_이월", "_며칠")
LEG = Leg(DirectionEmbedder({}))


def candidate(number, *sentences, words=0.0, cosine=None, language="ko"):
    cosines = {} if cosine is None else {"e5": cosine}
    text = " ".join(" ".join(sentence) for sentence in sentences)
    return Candidate(document(number, language=language), chunk(text), ((), *sentences), words, cosines)


def result(*candidates):
    return IndexResult(candidates, {"연차": 5, "이월": 2, "_연차": 5, "_이월": 2}, 100, 20.0, "g1")


def order(ranked):
    return [one.candidate.document.id for one in ranked]


def test_words_win_where_they_cover_the_question():
    covering = candidate("covering", ("연차", "이월"), words=20.0, cosine=0.3)
    near = candidate("near", ("휴가",), cosine=0.6)
    assert order(Gated([LEG])(ASKED, TERMS, result(near, covering))) == ["covering", "near"]


def test_vectors_win_where_words_are_noise():
    noise = candidate("noise", ("며칠",), words=2.0, cosine=0.3)
    near = candidate("near", ("휴가", "넘기다"), cosine=0.6)
    assert order(Gated([LEG])(ASKED, TERMS, result(noise, near))) == ["near", "noise"]


def test_a_document_in_another_language_is_not_punished_for_sharing_no_words():
    same = candidate("same", ("연차", "이월"), ("규정",), words=4.0, cosine=0.2)
    other = candidate("other", ("leave", "carri"), cosine=0.55, language="en")
    stranger = candidate("stranger", ("주차",), cosine=0.55)
    ranked = order(Gated([LEG])(ASKED, TERMS, result(same, other, stranger)))
    assert ranked.index("other") < ranked.index("stranger")


def test_without_vectors_the_order_is_that_of_words():
    ranked = Gated()(ASKED, TERMS, result(candidate("b", ("연차",), words=3.0), candidate("a", ("이월",), words=5.0)))
    assert order(ranked) == ["a", "b"]


def test_a_leg_that_does_not_know_a_language_has_no_vote_in_it():
    english = DirectionEmbedder({})
    english.name, english.languages = "english", frozenset({"en"})
    legs = [LEG, Leg(english, weight=0.5)]
    loud = replace(candidate("loud", ("x",), cosine=0.4), cosines={"e5": 0.4, "english": 0.99})
    quiet = candidate("quiet", ("y",), cosine=0.5)
    assert order(Gated(legs)(ASKED, TERMS, result(loud, quiet))) == ["quiet", "loud"]


def test_a_leg_that_serves_only_the_question_is_stood_in_for_across_languages():
    english = DirectionEmbedder({})
    english.name, english.languages = "english", frozenset({"en"})
    fusion = Gated([LEG, Leg(english, weight=0.5)])
    asked = replace(ASKED, language="en")
    korean = replace(candidate("ko", ("가",)), cosines={"e5": 0.6, "english": -0.2})
    [ranked] = fusion(asked, ("leav",), result(korean))
    assert abs(ranked.score - 0.6 * 1.5) < 1e-6


def test_ties_are_broken_by_document_and_ordinal():
    tied = [candidate(number, ("연차",), words=3.0, cosine=0.4) for number in "cab"]
    assert order(Gated([LEG])(ASKED, TERMS, result(*tied))) == ["a", "b", "c"]


async def test_builtin_prefers_the_passage_that_says_it_in_one_place():
    together = candidate("together", ("연차", "이월", "5"), words=6.0)
    apart = candidate("apart", ("연차",), ("급여",), ("이월",), words=6.0)
    fused = Gated()(ASKED, TERMS, result(apart, together))
    assert order(await Builtin()(ASKED, fused)) == ["together", "apart"]


async def test_no_reranker_keeps_the_order():
    fused = Gated()(ASKED, TERMS, result(candidate("a", ("연차",), words=1.0), candidate("b", ("이월",), words=2.0)))
    assert await KeepOrder()(ASKED, fused) == fused


def test_evidence_is_the_share_of_the_questions_weight():
    asked = Asked.of(ASKED.text, TERMS, result())
    full = asked.signals(candidate("full", ("연차",), ("이월",)), 0.0)
    half = asked.signals(candidate("half", ("연차",)), 0.0)
    far = asked.signals(candidate("far", ("연차",), ("급여",), ("이월",)), 0.0)
    assert full.passage == full.sentences == 1.0 and full.sentence < 1.0
    assert 0 < half.passage < 1 and not half.rarest and full.rarest
    assert far.passage == 1.0 and far.sentences < 1.0


def test_a_word_that_no_document_has_lowers_the_coverage():
    known, unknown = Asked.of("연차", ("연차",), result()), Asked.of("연차 화성", ("연차", "화성"), result())
    one = candidate("one", ("연차",))
    assert unknown.signals(one, 0.0).passage < 0.5 < known.signals(one, 0.0).passage


terms = st.lists(st.sampled_from(TERMS), max_size=4).map(tuple)
candidates = st.lists(
    st.builds(
        lambda number, sentences, words, cosine, language: candidate(
            f"d{number}", *sentences, words=words, cosine=cosine, language=language
        ),
        st.integers(0, 30),
        st.lists(terms, max_size=4),
        st.floats(0, 30),
        st.floats(-1, 1),
        st.sampled_from(["ko", "en"]),
    ),
    max_size=12,
    unique_by=lambda one: one.document.id,
)


@given(candidates, st.randoms())
def test_the_order_does_not_depend_on_the_order_they_came_in(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    fusion = Gated([LEG])
    one, other = fusion(ASKED, TERMS, result(*found)), fusion(ASKED, TERMS, result(*shuffled))
    assert order(one) == order(other)
    assert order(by_features(ASKED, one)) == order(by_features(ASKED, other))
    assert len(one) == len(found)
    assert [ranked.score for ranked in one] == sorted((ranked.score for ranked in one), reverse=True)


@given(candidates)
def test_evidence_stays_between_nothing_and_all(found):
    for ranked in asyncio.run(Builtin()(ASKED, Gated([LEG])(ASKED, TERMS, result(*found)))):
        signals = ranked.signals
        shares = (signals.words, signals.passage, signals.sentence, signals.sentences, signals.grams)
        assert all(0 <= share <= 1 + 1e-9 for share in shares)
        assert signals.sentence <= signals.sentences + 1e-9 <= signals.passage + 2e-9


@given(candidates, st.floats(0.01, 1))
def test_a_higher_cosine_never_lowers_a_candidate(found, more):
    if not found:
        return
    fusion, first = Gated([LEG]), found[0]
    before = order(fusion(ASKED, TERMS, result(*found))).index(first.document.id)
    raised = replace(first, cosines={"e5": first.cosines["e5"] + more})
    after = order(fusion(ASKED, TERMS, result(raised, *found[1:]))).index(first.document.id)
    assert after <= before
