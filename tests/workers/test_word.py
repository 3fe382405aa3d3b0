"""What is said when the evidence is weak, missing, or a model leaves out its sources."""

from types import SimpleNamespace
from typing import Any

import pytest

from core.messages import Address, Asker, Question
from core.texts import say
from retrieval.models import Evidence, Passage
from workers.steps.find import Finding
from workers.steps.judge import Verdict
from workers.steps.prompt import Material
from workers.steps.word import quoted, unknown, written

TEXT = "쓰지 않은 연차는 다음 해로 최대 5일까지 이월할 수 있습니다."


def found(verdict: Verdict, *, with_passage: bool = True, language: str = "ko") -> Finding:
    passage = Passage(
        document="d", ordinal=0, source="s", title="연차 안내", url="", place="", text=TEXT, start=0, end=len(TEXT),
        language="ko", readers=frozenset({"public"}), updated=None, score=1.0, evidence=Evidence(0.4, 0.4, 0.5),
    )  # fmt: skip
    address = Address(platform="slack", tenant="T", channel="C")
    asked = Question(address=address, message="1", at=1.0, asker=Asker(id="U"), text="연차 이월은?", language=language)
    return Finding(asked.text, Material(asked, (), (passage,) if with_passage else ()), verdict, ())


class Near:
    """A knowledge base with nothing to add."""

    async def near(self, query, passages):
        return passages


ANSWERING: Any = SimpleNamespace(knowledge=Near())


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_weak_evidence_is_introduced_as_the_closest_and_states_nothing(language):
    answer = await quoted(found(Verdict.WEAK, language=language), ANSWERING)
    assert answer.text.startswith(say("weak", language)) and not answer.known
    assert answer.citations[0].title == "연차 안내"


async def test_strong_evidence_is_quoted_word_for_word():
    answer = await quoted(found(Verdict.KNOWN), ANSWERING)
    assert answer.known and answer.text == f"{TEXT} [1]" and answer.citations[0].quote == TEXT


async def test_without_evidence_the_closest_titles_are_offered():
    answer = await quoted(found(Verdict.UNKNOWN), ANSWERING)
    assert answer.text == say("unknown_closest", "ko", titles="연차 안내") and answer.closest == ("연차 안내",)


def test_without_a_passage_nothing_is_offered():
    assert unknown(found(Verdict.UNKNOWN, with_passage=False)).text == say("unknown", "ko")


def test_a_models_text_without_a_source_is_no_knowledge():
    answer = written("아마 5일일 거예요. 자세히는 https://evil.example", found(Verdict.KNOWN))
    assert not answer.known and answer.citations == () and "evil" not in answer.text
