"""Follow-up questions get the words they leave out."""

import pytest

from core.errors import ModelUnavailable
from core.messages import Address, Asker, Question, Turn
from workers.steps.condense import condense, wordings

BEFORE = (Turn(message="1", at=1.0, asker="U1", question="연차는 며칠까지 이월되나요?", answer="5일까지요."),)


def asked(text: str) -> Question:
    address = Address(platform="slack", tenant="T", channel="C", thread="1")
    return Question(address=address, message="2", at=2.0, asker=Asker(id="U1"), text=text, language="ko")


class Fixed:
    name = "fixed"

    def __init__(self, reply):
        self.reply = reply

    def stream(self, system, user, *, seconds):
        raise AssertionError("a condensed question is not streamed")

    async def write(self, system, user, *, seconds):
        if self.reply is None:
            raise ModelUnavailable("down")
        return self.reply


@pytest.mark.parametrize(
    "text", ["그럼 계약직은요?", "그건 언제까지예요?", "what about contractors?", "신청은?", "Is it the same in Busan?"]
)
def test_a_leaning_question_is_searched_with_the_turn_before_it_first(text):
    assert wordings(text, BEFORE) == (f"{BEFORE[0].question}\n{text}", text)


def test_a_question_that_stands_alone_is_searched_alone():
    text = "VPN 비밀번호를 재설정하려면 어디에 신청하나요?"
    assert wordings(text, BEFORE) == (text,)


def test_without_a_conversation_the_words_are_the_question():
    assert wordings("그럼 계약직은요?", ()) == ("그럼 계약직은요?",)


async def test_a_model_writes_the_question_that_stands_alone():
    texts, notes = await condense(asked("그럼 계약직은요?"), BEFORE, Fixed("계약직의 연차 이월은 며칠인가요?\n"))
    assert texts == ("계약직의 연차 이월은 며칠인가요?", "그럼 계약직은요?") and notes == ()


async def test_a_model_that_is_down_costs_a_note_not_the_answer():
    texts, notes = await condense(asked("그럼 계약직은요?"), BEFORE, Fixed(None))
    assert texts[0].startswith(BEFORE[0].question) and notes == ("condense_failed",)
