"""A66: whatever a person types, the prompt stays bounded and the reply is short and kind."""

import json

import pytest

from core.texts import say
from tests.attacks.conftest import QUESTION, Target
from tests.platforms.slack.world import BOT_USER

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONGEST = 40_000  # characters of a prompt: eight passages, six turns, the question


async def prompts(target: Target, text: str) -> tuple[str, str]:
    """The answer, and all that the model was asked for it."""
    before = len(target.model.requests)
    answer = await target.ask(text)
    asked = json.dumps(target.model.requests[before:], ensure_ascii=False)
    return answer.text, asked


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("가" * 40_000, "too_long"),
        ("word " * 8_000, "too_long"),
        ("🙂" * 500, "empty_question"),
        ("", "empty_question"),
        (f"<@{BOT_USER}>", "empty_question"),
        (f"<@{BOT_USER}> " * 1_000, "empty_question"),
        (" \n\t\u200b\u202e", "empty_question"),
        ("\x00" * 100, "empty_question"),
        ("?!.…" * 100, "empty_question"),
    ],
    ids=["40,000 letters", "8,000 words", "emoji", "nothing", "us", "us 1,000 times", "unseen", "NUL", "marks"],
)
async def test_a66_what_asks_nothing_or_too_much_gets_a_short_word_and_costs_no_model(target: Target, text, key):
    shown, asked = await prompts(target, text)
    assert shown.split("\n")[0] in {say(key, language, limit=4000).split("\n")[0] for language in ("ko", "en")}
    assert len(shown) < 1_000 and asked == "[]"


@pytest.mark.parametrize(
    "noise",
    [
        "<@U0SUE> " * 100,
        "\x00" * 3_000,
        "\u202e\u2066" * 1_500,
        "\U000e0041" * 1_500,
        "\u0301" * 3_000,
        "&amp;lt;" * 300,
        "<" * 3_000,
    ],
    ids=["mentions", "NUL", "direction", "tags", "combining", "entities", "brackets"],
)
async def test_a66_a_question_among_noise_is_answered_from_a_bounded_prompt(target: Target, noise):
    shown, asked = await prompts(target, f"{noise} {QUESTION}")
    assert 0 < len(asked) < LONGEST
    assert not set("\x00\u202e\u2066\U000e0041") & set(asked) and "\\u0000" not in asked
    assert shown


async def test_a66_a_thousand_people_named_are_too_long_and_none_is_called(target: Target):
    sent = await target.slack.mention("U0TOM", "C0ALL", "".join(f"<@U{n:09d}> " for n in range(1_000)) + QUESTION)
    answer = await target.slack.answer(sent)
    assert "<@" not in f"{answer.text}{json.dumps(answer.blocks)}"
    await target.unharmed()
