"""What people see when Slack says no, breaks, or they themselves take things back: real HTTP, real Redis, a real Celery worker."""

import asyncio

import pytest

from core.connect import connect
from core.ledger import Ledger
from tests.platforms.slack.standin import Sent
from tests.platforms.slack.world import BOT_USER, TEAM

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(90)]

LEAVE = "배우자 출산휴가는 며칠인가요?"
BUDGET = "How much is the learning budget per year?"


@pytest.fixture
def slack(company):
    yield company.slack
    company.slack.faults.__init__()  # the next test meets none


async def record(company, sent: Sent) -> dict[str, str]:
    redis = connect(company.redis_url)
    try:
        return dict(await Ledger(redis).state(f"slack:{TEAM}:{sent.channel}:{sent.ts}"))
    finally:
        await redis.aclose()


async def ended(company, sent: Sent, seconds: float = 20.0) -> dict[str, str]:
    """The record once it is finished."""
    for _ in range(int(seconds * 10)):
        if (found := await record(company, sent)).get("state") in ("done", "dead"):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"still open: {found}")


async def until(happens, seconds: float = 10.0) -> None:
    for _ in range(int(seconds * 20)):
        if happens():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen")


def log_of(company, name: str = "worker") -> str:
    return (company.stack.folder / f"{name}.log").read_text()


async def test_a_rate_limit_keeps_the_order_of_a_conversation(company, slack):
    """The first question's placeholder is put off by two seconds; the second one's must not stand above it."""
    slack.faults.retry_after = 2
    slack.faults.script("chat.postMessage", "limited")
    first = await slack.dm("U0SUE", LEAVE)
    await until(lambda: not slack.faults.scripted("chat.postMessage"))  # the placeholder is put off now
    second = await slack.dm("U0SUE", BUDGET)
    for sent in (first, second):
        await ended(company, sent)
    above, beneath = slack.visible("D0SUE")
    assert "25일" in above.text and "1,400" in beneath.text


@pytest.mark.parametrize("kind", ["limited", "broken", "reset", "drop"])
async def test_trouble_at_slack_costs_time_and_never_a_second_answer(company, slack, kind):
    slack.faults.script("chat.postMessage", kind)
    slack.faults.script("chat.update", kind, kind)
    sent = await slack.mention("U0TOM", "C0ALL", LEAVE)
    assert (await ended(company, sent, 60))["state"] == "done"
    [answer] = slack.visible("C0ALL", sent.ts)
    assert "25일" in answer.text and len(set(answer.versions)) == 2, "the placeholder, then the answer"


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked"])
async def test_a_refused_token_ends_the_job_says_what_to_do_and_is_shown(company, slack, code):
    slack.faults.script("chat.postMessage", f"error:{code}")
    sent = await slack.mention("U0TOM", "C0ALL", LEAVE)
    found = await ended(company, sent)
    assert (found["state"], found["attempts"]) == ("dead", "1"), "no retry loop"
    assert company.stack.get("/readyz")[1]["troubles"] == {"slack": code}
    await until(lambda: "slack.token_refused" in log_of(company) and "SLACK_BOT_TOKEN" in log_of(company))
    await slack.answer(await slack.mention("U0TOM", "C0ALL", BUDGET))
    await until(lambda: "troubles" not in company.stack.get("/readyz")[1])


async def test_where_daedap_was_removed_the_asker_is_answered_directly(company, slack):
    slack.channel("C0SHUT", {"U0TOM"})
    sent = await slack.mention("U0TOM", "C0SHUT", LEAVE)
    assert (await ended(company, sent))["state"] == "done"
    assert slack.visible("C0SHUT", sent.ts) == []
    assert "25일" in slack.visible("D0TOM")[-1].text


async def test_a_question_in_a_channel_that_was_archived_ends_without_a_loop(company, slack):
    slack.channel("C0OLD", {"U0TOM", BOT_USER})
    slack.world.channels["C0OLD"].archived = True
    found = await ended(company, await slack.mention("U0TOM", "C0OLD", LEAVE))
    assert (found["state"], found["attempts"]) == ("dead", "1")
    await until(lambda: "the channel is archived" in log_of(company))


@pytest.mark.parametrize("code", ["msg_too_long", "invalid_blocks"])
async def test_an_answer_that_slack_cannot_show_comes_as_plain_text(company, slack, code):
    slack.faults.script("chat.update", f"error:{code}")
    sent = await slack.mention("U0TOM", "C0ALL", LEAVE)
    assert (await ended(company, sent))["state"] == "done"
    [answer] = slack.visible("C0ALL", sent.ts)
    assert "25일" in answer.text and answer.blocks == []


async def put_off(slack, user: str = "U0TOM") -> Sent:
    """A question whose placeholder stands and whose answer Slack puts off for three seconds."""
    slack.faults.retry_after = 3
    slack.faults.script("chat.update", "limited")
    sent = await slack.mention(user, "C0ALL", LEAVE)
    await until(lambda: slack.visible("C0ALL", sent.ts))
    return sent


async def test_a_deleted_placeholder_cancels_the_answer(company, slack):
    sent = await put_off(slack)
    [placeholder] = slack.visible("C0ALL", sent.ts)
    await slack.delete("C0ALL", placeholder.ts)
    found = await ended(company, sent)
    assert (found["state"], found["attempts"]) == ("dead", "1")
    await asyncio.sleep(4)
    assert slack.visible("C0ALL", sent.ts) == []


async def test_a_question_deleted_before_its_answer_leaves_nothing_behind(company, slack):
    sent = await put_off(slack)
    await slack.delete("C0ALL", sent.ts)
    await until(lambda: not slack.visible("C0ALL", sent.ts))
    assert (await ended(company, sent))["state"] == "dead"
    await asyncio.sleep(4)
    assert slack.visible("C0ALL", sent.ts) == []
    assert await turns(company, sent) == 0
    await slack.redeliver(sent, kinds=("app_mention", "message"))
    await asyncio.sleep(1)
    assert slack.visible("C0ALL", sent.ts) == [], "a retry of the event that comes late"


async def test_a_question_deleted_after_its_answer_is_forgotten_and_the_answer_stays(company, slack):
    sent = await slack.mention("U0TOM", "C0ALL", LEAVE)
    await slack.answer(sent)
    await ended(company, sent)
    assert await turns(company, sent) == 1
    await slack.delete("C0ALL", sent.ts)
    for _ in range(100):
        if await turns(company, sent) == 0:
            break
        await asyncio.sleep(0.1)
    assert await turns(company, sent) == 0
    assert len(slack.visible("C0ALL", sent.ts)) == 1


async def test_a_question_edited_before_its_answer_is_answered_once_as_it_was_asked(company, slack):
    sent = await put_off(slack)
    await slack.edit(sent, f"<@{BOT_USER}> {BUDGET}")
    assert (await ended(company, sent))["state"] == "done"
    await slack.edit(sent, f"<@{BOT_USER}> {BUDGET}!")
    await asyncio.sleep(1)
    [answer] = slack.visible("C0ALL", sent.ts)
    assert "25일" in answer.text and "1,400" not in answer.text


async def turns(company, sent: Sent) -> int:
    redis = connect(company.redis_url)
    try:
        return int(await redis.zcard(f"daedap:memory:slack:{TEAM}:{sent.channel}:{sent.ts}"))
    finally:
        await redis.aclose()
