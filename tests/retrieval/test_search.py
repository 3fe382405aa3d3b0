from dataclasses import replace

import pytest

from core.errors import Transient
from retrieval.analyze import Analyzer
from retrieval.entries import Cut, entries
from retrieval.knowledge.hybrid import Hybrid
from retrieval.models import Query
from retrieval.protocols import EmbedderDown
from retrieval.rerankers.builtin import Builtin
from retrieval.vectors import Leg
from tests.retrieval.memory_index import DirectionEmbedder, MemoryIndex, chunk, document

ANALYZER = Analyzer()
PUBLIC = frozenset({"public"})
MEANINGS = {"연차": 0, "휴가": 0, "leave": 0, "출장": 1, "travel": 1}


def build(*documents, legs=None):
    """An index of (document, text, …) and the knowledge over it."""
    legs = [Leg(DirectionEmbedder(MEANINGS))] if legs is None else legs
    index = MemoryIndex()
    for found, *texts in documents:
        cut = Cut(found.title, found.language, tuple(chunk(text, number) for number, text in enumerate(texts)))
        index.add(found, entries([cut], ANALYZER, legs)[0])
    return index, Hybrid(index, analyzer=ANALYZER, legs=legs, reranker=Builtin())


def ids(found):
    return [passage.document for passage in found.passages]


LEAVE = document("leave", "연차 규정"), "연차는 최대 5일까지 이월된다. 이월분은 3월에 소멸한다."
TRAVEL = document("travel", "Travel policy", language="en"), "Flights are booked two weeks ahead for travel abroad."
PAY = document("pay", "급여 규정", readers={"group:hr"}), "연차 수당은 급여와 함께 지급한다. 연차 이월분은 정산한다."


async def test_the_passage_that_answers_comes_first_with_its_evidence():
    _, knowledge = build(LEAVE, TRAVEL)
    found = await knowledge.retrieve(Query("연차는 며칠까지 이월되나요?", "ko", PUBLIC))
    assert ids(found)[0] == "leave"
    assert found.passages[0].evidence.sentences > 0.5 and found.passages[0].evidence.cosine > 0.9
    assert {"analyze", "embed", "index", "fuse", "rerank"} <= found.seconds.keys()


async def test_a_question_finds_the_document_in_the_other_language():
    _, knowledge = build(LEAVE, TRAVEL)
    assert ids(await knowledge.retrieve(Query("출장 예약은 언제?", "ko", PUBLIC)))[0] == "travel"


async def test_what_the_audience_may_not_read_is_never_seen():
    _, knowledge = build(LEAVE, PAY)
    query = Query("연차 이월 정산", "ko", PUBLIC)
    assert "pay" not in ids(await knowledge.retrieve(query))
    assert "pay" in ids(await knowledge.retrieve(replace(query, audience=frozenset({"public", "group:hr"}))))
    assert ids(await knowledge.retrieve(replace(query, audience=frozenset()))) == []


async def test_an_index_that_leaks_is_trimmed_before_the_reranker_reads():
    index, _ = build(LEAVE, PAY)
    index._visible = lambda request, found: True
    seen: list[str] = []

    class Spy:
        async def __call__(self, query, ranked):
            seen.extend(one.candidate.document.id for one in ranked)
            return ranked

    found = await Hybrid(index, analyzer=ANALYZER, legs=[], reranker=Spy()).retrieve(Query("연차 이월", "ko", PUBLIC))
    assert seen == ["leave"] and ids(found) == ["leave"]


async def test_an_embedder_that_is_down_costs_a_note():
    class Down(DirectionEmbedder):
        def query(self, text, language):
            raise EmbedderDown("no model")

    index, _ = build(LEAVE, TRAVEL)
    knowledge = Hybrid(index, analyzer=ANALYZER, legs=[Leg(Down({}))], reranker=Builtin())
    found = await knowledge.retrieve(Query("연차 이월", "ko", PUBLIC))
    assert found.notes == ("words_only",) and ids(found) == ["leave"]


async def test_an_index_built_without_vectors_is_said_too_but_words_by_choice_are_not():
    index, by_choice = build(LEAVE, TRAVEL, legs=[])
    wanted = Hybrid(index, analyzer=ANALYZER, legs=[Leg(DirectionEmbedder(MEANINGS))], reranker=Builtin())
    assert (await wanted.retrieve(Query("연차 이월", "ko", PUBLIC))).notes == ("words_only",)
    assert (await by_choice.retrieve(Query("연차 이월", "ko", PUBLIC))).notes == ()


async def test_an_older_generation_that_stands_in_is_said():
    index, knowledge = build(LEAVE)
    index.problem = "g2 is damaged"
    assert (await knowledge.retrieve(Query("연차 이월", "ko", PUBLIC))).notes == ("older_generation",)


async def test_a_reranker_that_is_down_leaves_the_builtin_order():
    class Down:
        async def __call__(self, query, ranked):
            raise Transient("slow")

    index, usual = build(LEAVE, TRAVEL)
    query = Query("연차 이월", "ko", PUBLIC)
    found = await Hybrid(index, analyzer=ANALYZER, legs=[], reranker=Down()).retrieve(query)
    assert found.notes == ("reranker_down",) and ids(found)[0] == ids(await usual.retrieve(query))[0]


@pytest.mark.parametrize("text", ["", "🎉🎉", "?!", "\u200b"])
async def test_a_question_without_words_finds_nothing(text):
    index, knowledge = build(LEAVE)
    assert (await knowledge.retrieve(Query(text, "ko", PUBLIC))).passages == ()
    assert index.requests == []


async def test_a_rewrite_finds_what_the_question_does_not():
    _, knowledge = build(LEAVE, TRAVEL, legs=[])
    query = Query("그거 알아?", "ko", PUBLIC)
    assert "leave" not in ids(await knowledge.retrieve(query))
    assert "leave" in ids(await knowledge.retrieve(replace(query, variants=("연차 이월 언제까지",))))


async def test_a_rewrite_that_met_another_generation_is_left_out():
    index, knowledge = build(LEAVE, TRAVEL, legs=[])
    search = index.search

    def changing(request):
        found = search(request)
        index.generation = "g2"
        return found

    index.search = changing
    found = await knowledge.retrieve(Query("연차", "ko", PUBLIC, variants=("travel flights",)))
    assert found.generation == "g1" and ids(found) == ["leave"]


async def test_the_same_words_are_returned_once_and_never_more_than_asked():
    copy = document("copy", "연차 규정 사본"), LEAVE[1]
    _, knowledge = build(LEAVE, copy, TRAVEL)
    found = await knowledge.retrieve(Query("연차 이월", "ko", PUBLIC))
    assert len({passage.text for passage in found.passages}) == len(found.passages)
    assert len((await knowledge.retrieve(Query("연차 이월", "ko", PUBLIC, limit=1))).passages) == 1


OLD = document("old", "여비 규정 (2024년)"), "해외 숙박비는 하루 15만 원까지이다. 해외 숙박비 한도는 하루 단위이다."
NEW = document("new", "여비 규정 (2026년 개정)"), "해외 출장의 숙박 비용은 하루 20만 원까지 인정한다."


async def test_the_current_version_stands_before_the_outdated_one():
    _, knowledge = build(OLD, NEW)
    assert ids(await knowledge.retrieve(Query("해외 숙박비는 하루 얼마?", "ko", PUBLIC))) == ["new", "old"]


async def test_a_question_that_names_a_year_gets_what_fits_it():
    _, knowledge = build(OLD, NEW)
    assert ids(await knowledge.retrieve(Query("2024년 해외 숙박비는 하루 얼마?", "ko", PUBLIC)))[0] == "old"


async def test_an_unknown_document_and_a_forbidden_one_look_the_same():
    _, knowledge = build(LEAVE, PAY)
    assert await knowledge.document("pay", PUBLIC) is None is await knowledge.document("none", PUBLIC)
    assert (await knowledge.document("leave", PUBLIC)).title == "연차 규정"
