"""Feedback: one verdict a person and answer, the last one, with its reason."""

import pytest

from bot.feedback import REASON, Feedback
from core import keys

JOB = "slack:T1:C1:1.0"


async def given(redis) -> list[dict[str, str]]:
    return [entry for _, entry in await redis.xrange(keys.feedback("T1"))]


async def test_a_verdict_is_kept_once_and_may_change(redis):
    feedback = Feedback(redis)
    outcomes = [await feedback.give(JOB, "slack:T1:U1", verdict) for verdict in ("good", "good", "bad", "good")]
    assert outcomes == [True, False, True, True]
    assert [entry["verdict"] for entry in await given(redis)] == ["good", "bad", "good"]


async def test_a_reason_given_later_is_kept_cleaned_and_bounded(redis):
    feedback = Feedback(redis)
    assert await feedback.give(JOB, "slack:T1:U1", "bad")
    assert await feedback.give(JOB, "slack:T1:U1", "bad", reason="  낡은\x00 문서 " + "x" * 5000)
    reason = (await given(redis))[1]["reason"]
    assert reason.startswith("낡은") and "\x00" not in reason and len(reason) <= REASON


@pytest.mark.parametrize("user", ["slack:T1:U1", "slack:T1:U2"])
async def test_people_do_not_overwrite_each_other(redis, user):
    assert await Feedback(redis).give(JOB, user, "good")
    assert await redis.get(keys.verdict("T1", JOB, user)) == "good"
