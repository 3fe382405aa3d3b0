from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from retrieval.sentences import sentence_spans


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def test_prose_ends_at_full_stops_in_both_languages():
    assert split("연차는 5일 이월된다. 이후 소멸한다! 그렇죠? 네.") == [
        "연차는 5일 이월된다.",
        "이후 소멸한다!",
        "그렇죠?",
        "네.",
    ]
    assert split('It rose in 1973. The rest fell. "Yes," he said.') == [
        "It rose in 1973.",
        "The rest fell.",
        '"Yes," he said.',
    ]


def test_abbreviations_numbers_and_dates_do_not_end_a_sentence():
    for text in (
        "Mr. Smith went to the U.S. Treasury, e.g. on foot.",
        "버전 3.2.1은 2026. 1. 5. 시행한다.",
        "It costs $3.50 per unit, see No. 5 below.",
    ):
        assert split(text) == [text]


def test_a_quotation_goes_on_with_its_particle():
    assert split("그는 “간다.” 라고 말했다. 끝.") == ["그는 “간다.” 라고 말했다.", "끝."]


def test_a_list_item_and_a_table_row_are_one_each_and_rulers_are_none():
    text = "준비물:\n- 여권. 사본 포함\n1. 신청\n| 구분 | 금액 |\n|---|---|\n| 식비 | 3만. 5천 |\n---\n끝."
    assert "| 구분 | 금액 |" in split(text) and "| 식비 | 3만. 5천 |" in split(text)
    assert "1. 신청" in split(text)
    assert not any(set(one) <= set("|- ") for one in split(text))


def test_a_line_that_a_margin_broke_goes_on():
    wrapped = "Employees who travel to another country for more than thirty days\nneed a certificate. Ask HR."
    assert split(wrapped) == [wrapped.split(". ", maxsplit=1)[0] + ".", "Ask HR."]


def test_a_heading_stands_alone():
    assert split("## 2. 사용 단위와 신청\n연차는 하루 단위이다.") == ["## 2. 사용 단위와 신청", "연차는 하루 단위이다."]


def test_a_wall_of_text_is_cut_at_blanks():
    assert all(0 < len(one) <= 1000 for one in split("낱말 " * 5000))


@given(st.text(alphabet=st.sampled_from(list('가나a.B1 \n|-!?"”。#*')), max_size=300))
def test_spans_are_in_order_apart_and_hold_every_letter(text):
    spans = sentence_spans(text)
    assert all(start < end and text[start:end] == text[start:end].strip() for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    kept = "".join(text[start:end] for start, end in spans)
    assert sum(map(str.isalnum, kept)) == sum(map(str.isalnum, text))
