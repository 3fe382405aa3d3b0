"""Without a model, an answer is sentences of the sources as they stand, and weak evidence is never a fact."""

import pytest

from retrieval.models import Evidence, Passage
from retrieval.sentences import sentence_spans
from workers.steps.judge import Verdict, judge
from workers.steps.quote import quote
from workers.steps.sentences import place_of

LEAVE = (
    "## 이월\n다 쓰지 못한 연차는 최대 5일까지 다음 해로 이월된다. 이월분은 3월 31일까지 쓴다.\n\n"
    "## 문의\n문의는 인사팀에 한다. 이 문서는 사내용이다. 마지막 문장이다."
)
TABLE = "| 지역 | 한도 |\n| --- | --- |\n| 서울 | 12만 원 |\n| 부산 | 10만 원 |"
ENGLISH = "Unused leave carries over. At most five days move to the next year. Ask People Operations."


def passage(text, *, document="a", coverage=(), near=(), language="ko", place="", evidence=(0.9, 0.9, 0.5), start=0):
    spans = sentence_spans(text)
    by_sentence = tuple(coverage.get(number, 0.0) for number in range(len(spans))) if coverage else ()
    nearness = tuple(near.get(number, 0.0) for number in range(len(spans))) if near else ()
    return Passage(
        document=document, ordinal=0, source="s", title=f"제목 {document}", url="", place=place, text=text, start=start,
        end=start + len(text), language=language, readers=frozenset({"public"}), updated=None, score=1.0,
        evidence=Evidence(evidence[0], evidence[1], evidence[2], by_sentence, nearness),
    )  # fmt: skip


def test_the_sentence_that_covers_the_question_is_quoted_as_it_stands():
    found = quote("연차는 며칠 이월되나요?", "ko", [passage(LEAVE, coverage={1: 0.9, 2: 0.2})])
    assert found.text.startswith("다 쓰지 못한 연차는 최대 5일까지 다음 해로 이월된다. [1]")
    assert len(found.sentences) <= 3


def test_a_citation_stands_exactly_where_it_says():
    before = "앞에 있는 글. "
    citations = quote("이월", "ko", [passage(LEAVE, coverage={1: 0.9}, start=len(before))]).citations
    assert [(before + LEAVE)[cited.start : cited.end] for cited in citations] == [one.quote for one in citations]
    assert citations[0].quote == "다 쓰지 못한 연차는 최대 5일까지 다음 해로 이월된다. 이월분은 3월 31일까지 쓴다."


def test_each_number_opens_the_words_it_stands_behind():
    found = quote("서울과 부산 한도", "ko", [passage(TABLE + "\n\n" + LEAVE, coverage={1: 0.9, 2: 0.9, 5: 0.9})])
    quotes = {one.number: one.quote for one in found.citations}
    for one in found.sentences:
        number = int(found.text[found.text.index(one.readable) + len(one.readable) :].split("]")[0].strip(" ["))
        assert one.verbatim in quotes[number]
    assert len(found.citations) == len({one.quote for one in found.citations}) == 3


def test_a_question_in_a_document_is_no_answer():
    asked = "## 병가 FAQ\n\n병가는 며칠 쓸 수 있나요? 병가는 1년에 10일이다."
    found = quote("병가는 며칠 쓸 수 있나요?", "ko", [passage(asked, coverage={1: 1.0, 2: 0.4})])
    assert found.text == "병가는 1년에 10일이다. [1]"


def test_headings_are_never_quoted():
    found = quote("이월 문의", "ko", [passage(LEAVE, coverage={0: 1.0, 3: 1.0})])
    assert "#" not in found.text


def test_sentences_come_in_reading_order_and_every_one_with_its_number():
    passages = [
        passage(LEAVE, coverage={1: 0.5, 2: 0.6}),
        passage("이월은 팀장이 승인한다.", document="b", coverage={0: 0.9}),
    ]
    found = quote("이월", "ko", passages)
    places = [(one.passage, one.order) for one in found.sentences]
    assert places == sorted(places)
    assert found.text.count("[1]") + found.text.count("[2]") == len(found.sentences)
    assert [one.number for one in found.citations] == list(range(1, len(found.citations) + 1))


def test_a_row_of_a_table_is_read_with_its_header():
    found = quote("서울 한도", "ko", [passage(TABLE, coverage={1: 0.9})])
    assert "지역: 서울, 한도: 12만 원 [1]" in found.text
    assert found.citations[0].quote == "| 서울 | 12만 원 |"


def test_a_row_of_a_divided_table_is_read_with_the_header_that_its_place_carries():
    later = passage("| 부산 | 10만 원 |", coverage={0: 0.9}, place="여비 › | 지역 | 한도 |")
    assert quote("부산 한도", "ko", [later]).text == "지역: 부산, 한도: 10만 원 [1]"
    assert place_of(later) == "여비"


def test_marks_of_lists_are_left_out():
    found = quote("이월", "ko", [passage("- 이월은 5일까지\n1. 신청은 3일 전", coverage={0: 0.9})])
    assert "이월은 5일까지 [1]" in found.text
    assert "- - " not in found.text


def test_the_same_sentence_in_two_documents_is_quoted_once():
    twins = [passage("이월은 5일까지 한다.", document=name, coverage={0: 0.9}) for name in "ab"]
    found = quote("이월", "ko", twins)
    assert found.text == "이월은 5일까지 한다. [1]"
    assert [one.document for one in found.citations] == ["a"]


def test_a_source_in_the_askers_language_goes_first_where_it_covers_the_question():
    passages = [passage(ENGLISH, language="en", document="en", coverage={1: 0.9}), passage(LEAVE, coverage={1: 0.9})]
    found = quote("연차 이월", "ko", passages)
    assert {one.document for one in found.citations} == {"a"}
    assert found.notes == ()


def test_the_other_language_is_quoted_as_it_is_and_said_so():
    weak = passage(LEAVE, evidence=(0.1, 0.1, 0.2))
    found = quote("연차 이월", "ko", [passage(ENGLISH, language="en", document="en", coverage={1: 0.5}), weak])
    assert "At most five days move to the next year. [1]" in found.text
    assert found.notes == ("other_language",)


def test_without_shared_words_the_nearest_sentence_is_quoted():
    found = quote("남은 휴가를 넘길 수 있나요?", "ko", [passage(ENGLISH, language="en", near={1: 0.5, 2: 0.1})])
    assert found.citations[0].quote == "At most five days move to the next year."


def test_a_passage_of_another_knowledge_base_without_coverages_is_quoted_too():
    found = quote("연차는 최대 며칠 이월되나요", "ko", [passage(LEAVE)])
    assert "최대 5일까지" in found.text


def test_nothing_gives_nothing():
    assert quote("연차", "ko", []).sentences == ()
    assert quote("연차", "ko", [passage("## 제목뿐")]).text == ""


@pytest.mark.parametrize(
    ("language", "evidence", "verdict"),
    [
        ("ko", (0.9, 0.9, 0.6), Verdict.KNOWN),
        ("ko", (0.5, 0.5, 0.4), Verdict.WEAK),
        ("en", (0.6, 0.6, 0.4), Verdict.KNOWN),
        ("en", (0.3, 0.3, 0.3), Verdict.WEAK),
        ("ko", (0.0, 0.0, 0.5), Verdict.WEAK),  # the right document in the other language looks like this
        ("ko", (0.0, 0.0, 0.1), Verdict.UNKNOWN),
        ("ko", (0.6, 0.6, 0.0), Verdict.KNOWN),  # words only
        ("ko", (0.4, 0.4, 0.0), Verdict.WEAK),
        ("en", (0.1, 0.1, 0.0), Verdict.UNKNOWN),
    ],
)
def test_only_what_covers_the_question_may_be_stated(language, evidence, verdict):
    assert judge([passage(LEAVE, language=language, evidence=evidence)]) is verdict


def test_without_passages_nothing_is_known():
    assert judge([]) is Verdict.UNKNOWN
