"""A follow-up's own words must be in what is given as its answer."""

import pytest

from retrieval.models import Evidence, Passage
from workers.steps.find import speaks_of


def passage(text: str) -> Passage:
    return Passage(
        document="d", ordinal=0, source="s", title="", url="", place="", text=text, start=0, end=len(text),
        language="ko", readers=frozenset({"public"}), updated=None, score=1.0, evidence=Evidence(1.0, 1.0, 0.9),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("follow_up", "text", "speaks"),
    [
        ("그럼 E311은요?", "E311: 팔 모터 과열", True),
        ("그럼 계약직은요?", "계약직도 같은 기준을 따릅니다.", True),
        ("what about contractors?", "Contractors follow the same rule.", True),
        ("그럼 화성은요?", "유급 25일입니다.", False),
        ("what about Mars?", "Partners get 25 days.", False),
    ],
)
def test_carried_words_alone_are_no_answer(follow_up, text, speaks):
    assert speaks_of(follow_up, [passage(text)]) is speaks


def test_nothing_found_speaks_of_nothing():
    assert not speaks_of("그럼 계약직은요?", [])
