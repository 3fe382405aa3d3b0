"""A65 and A67: whatever a model says, and however slowly, a valid message is posted in time."""

import time

import pytest

from core.texts import say
from tests.attacks.conftest import ANSWER, QUESTION, SECONDS, Target
from tests.platforms.slack.rules import check, live, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")

FLOODS = {
    "1 MB": ANSWER + " " + "가나다 라마바사. " * 70_000,
    "1 MB without a blank": ANSWER + " " + "x" * 1_000_000,
    "10,000 links": ANSWER + " " + " ".join(f"[{n}](https://evil.example/{n}?q=secret)" for n in range(10_000)),
    "10,000 of Slack's links": ANSWER + " " + " ".join(f"<https://evil.example/{n}|here>" for n in range(10_000)),
    "10,000 marks": ANSWER + " " + "".join(f"[{n}]" for n in range(10_000)),
    "nested fences": ANSWER + "\n" + "\n".join("`" * n + "python" for n in range(3, 200)) + "\nprint()\n" + "```" * 99,
    "unclosed backticks": ANSWER + " `" + "`a" * 5_000,
    "an unclosed fence": ANSWER + "\n```\n" + "line\n" * 3_000,
    "50 tables": ANSWER + "\n\n" + "\n\n".join("|a|b|\n|-|-|\n|1|2|" for _ in range(50)),
    "a table of 1,000 columns": ANSWER + "\n\n" + "|" + "a|" * 1_000 + "\n|" + "-|" * 1_000 + "\n|" + "1|" * 1_000,
    "5,000 headings": ANSWER + "\n" + "# h\n" * 5_000,
    "deep quotes and lists": ANSWER + "\n" + ">" * 2_000 + " x\n" + "\n".join(" " * n + "- x" for n in range(300)),
    "everybody's names": ANSWER + " " + "<!channel> <@U0MINA> <!here|here> @everyone &lt;!channel&gt; " * 500,
    "control characters": ANSWER + " \x1b[2J\x00\x07\u202e\u2066" * 500,
}


@pytest.mark.parametrize("reply", FLOODS.values(), ids=FLOODS)
async def test_a65_a_monstrous_answer_becomes_valid_messages(target: Target, reply):
    target.model.reply, target.model.fault = reply, "flood"
    try:
        sent = await target.slack.mention("U0TOM", "C0ALL", QUESTION)
        answer = await target.slack.answer(sent, within=30)
        await target.idle()
    finally:
        target.model.reply, target.model.fault = ANSWER, ""
    assert "25일" in answer.text and answer.blocks, "valid with its blocks, not only as plain text"
    shown = target.answers(sent)
    assert len(shown) <= 10
    for message in shown:
        assert check(message.text, message.blocks, update=True) == ""
        said = [message.text, *texts(message.blocks)]
        assert [one for text in said for one in live(text) if "evil" in one or one[:1] in "!@#"] == []
    await target.unharmed()


@pytest.mark.parametrize(("fault", "reply"), [("endless", "가나다 라마바사 [1]. "), ("drip", "배우자"), ("hang", "")])
async def test_a67_a_model_that_never_ends_is_given_up_at_its_deadline(target: Target, fault, reply):
    """One word in 30 s is no answer: the sources are quoted. One that only never stops talking is cut."""
    target.model.reply, target.model.fault = reply, fault
    began = time.monotonic()
    try:
        sent = await target.slack.mention("U0TOM", "C0ALL", QUESTION)
        answer = await target.slack.answer(sent, within=SECONDS + 5)
    finally:
        target.model.reply, target.model.fault = ANSWER, ""
    assert time.monotonic() - began < SECONDS, "in the first attempt"
    if fault != "endless":
        assert "25일" in answer.text and say("notes.model_down", "ko") in f"{answer.text}{answer.blocks}"
    assert len(target.answers(sent)) < 10
    await target.unharmed()
