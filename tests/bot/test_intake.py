"""The door: once in, within limits, and whoever asks too fast is told."""

import asyncio
from typing import Any, cast

import pytest

from bot.intake import Intake
from core import keys
from core.errors import TooMany
from core.ledger import Ledger
from core.messages import Address, Asker, Forget, Question
from core.settings import LimitSettings, Settings


class Woken:
    """Records wake-ups."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def send(self, kind: str, job: str) -> None:
        self.jobs.append(job)


@pytest.fixture
def intake(redis):
    return Intake(Settings(limits=LimitSettings(person=3, channel=5)), Ledger(redis), cast("Any", Woken()))


def question(message: int, *, user: str = "U1", channel: str = "C1", direct: bool = False) -> Question:
    return Question(
        address=Address(platform="slack", tenant="T1", channel=channel, thread=""),
        message=f"{message}.0",
        at=float(message),
        asker=Asker(id=user, direct=direct),
        text="?",
        language="en",
    )


async def test_a_minutes_worth_may_come_at_once_and_no_more(intake):
    assert [await intake.admit(question(n)) for n in range(3)] == [True] * 3
    with pytest.raises(TooMany) as refused:
        await intake.admit(question(3))
    assert 15 < refused.value.seconds <= 20
    assert await intake.ledger.state(question(3).job) == {}


async def test_of_many_at_once_exactly_the_limit_is_admitted(intake):
    outcomes = await asyncio.gather(*(intake.admit(question(n)) for n in range(30)), return_exceptions=True)
    assert outcomes.count(True) == 3
    assert sum(isinstance(outcome, TooMany) for outcome in outcomes) == 27


async def test_what_is_repeated_costs_nothing(intake):
    for _ in range(10):
        await intake.admit(question(0))
    assert [await intake.admit(question(n)) for n in (1, 2)] == [True, True]


async def test_what_was_asked_is_paid_for_as_time_passes(intake, redis):
    for n in range(3):
        await intake.admit(question(n))
    paid = float(await redis.get(keys.limit("T1", "slack:T1:U1")))
    await redis.set(keys.limit("T1", "slack:T1:U1"), f"{paid - 20.1:.6f}")  # 20 seconds later
    assert await intake.admit(question(3))
    with pytest.raises(TooMany):
        await intake.admit(question(4))


async def test_nobody_pays_for_somebody_else_but_a_channel_has_a_limit_of_its_own(intake):
    for n in range(3):
        await intake.admit(question(n))
    assert [await intake.admit(question(n, user="U2")) for n in (3, 4)] == [True, True]
    with pytest.raises(TooMany):
        await intake.admit(question(5, user="U3"))
    assert await intake.admit(question(6, user="U3", channel="C2"))
    assert await intake.admit(question(7, user="U4", channel="D4", direct=True))


async def test_who_asks_too_fast_is_told_once_and_a_replay_is_not_told_again(intake):
    for n in range(3):
        await intake.hear(question(n))
    assert [await intake.hear(question(n)) for n in (3, 3, 4, 5)] == [True, False, False, False]
    assert (await intake.ledger.state(question(3).job))["limited"] == "20"
    assert intake.wakeup.jobs[-1] == question(3).job
    assert await intake.ledger.state(question(4).job) == {}


async def test_a_bot_that_died_before_telling_tells_when_the_platform_comes_again(intake, redis):
    for n in range(3):
        await intake.hear(question(n))
    await redis.set(keys.told("T1", "slack:T1:U1"), question(3).job)  # as far as it got
    assert await intake.hear(question(3))


async def test_commands_are_not_limited(intake):
    for n in range(3):
        await intake.admit(question(n))
    wish = question(9).model_dump(exclude={"text", "kind"})
    assert await intake.admit(Forget(**wish))


async def test_no_limit_is_set_by_zero(redis):
    intake = Intake(Settings(limits=LimitSettings(person=0, channel=0)), Ledger(redis), cast("Any", Woken()))
    assert all([await intake.admit(question(n)) for n in range(100)])


async def test_held_work_waits_for_its_platform_and_takes_its_notes_along(intake):
    work = question(0)
    assert await intake.admit(work, fields={"reference": "{}"}, hold=30)
    assert intake.wakeup.jobs == []
    assert await intake.ledger.sweep("question") == []
    mine = intake.ledger.unclaimed(work.job)
    await mine.put(placeholder="1")
    await mine.release(after=0)
    assert await intake.ledger.sweep("question") == [work.job]
    claim = await intake.ledger.claim(work.job)
    assert (claim.record["reference"], claim.record["placeholder"], claim.attempt) == ("{}", "1", 1)
