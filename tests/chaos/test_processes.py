"""The bot's loop stands still, a worker sleeps longer than its lease, every wake-up is lost, Slack does things late: one answer each."""

import asyncio
import time

import pytest

from tests.chaos.doors import Trap
from tests.chaos.office import Office

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


async def test_a_bot_whose_loop_stands_still_for_longer_than_slack_waits_hears_it_twice_and_answers_once(here: Office):
    stopped = asyncio.create_task(here.stop("bot", 3.6))
    await asyncio.sleep(0.1)
    sent = await here.ask(1, times=1)
    await stopped
    attempts = [len(attempts) for attempts in sent.replies]
    assert min(attempts) >= 2, "Slack waits three seconds"
    await here.faultless(sent)


async def test_a_worker_that_sleeps_longer_than_its_lease_wakes_up_to_an_answer_that_stays(here: Office):
    """The model has been asked; another worker asks it again, and what it says then is what stands."""
    sleeping: list[asyncio.Task] = []
    kill, here.doors.kill = here.doors.kill, lambda name: sleeping.append(asyncio.create_task(here.stop(name, 7.0)))
    here.model.thinks = (1.0, 1.0)
    sent = here.written(2)
    trap = Trap("model", "before", (f"({2})",))
    here.doors.traps.append(trap)
    await here.slack.redeliver(sent)
    before = await here.answered(sent, 20)
    await asyncio.gather(*sleeping)
    here.doors.kill, here.model.thinks = kill, (0.2, 0.4)
    assert trap.sprung and time.monotonic() - trap.at >= 7.0
    await asyncio.sleep(1.5)  # whatever the sleeper still wanted to say
    await here.faultless(sent)
    assert here.seen(sent) == before
    assert sum(f"({2})" in str(request) for request in here.model.requests) == 2


async def test_when_every_wake_up_is_lost_the_sweepers_bring_the_answers(here: Office):
    asked = [await here.admit(10 + number) for number in range(20)]
    await here.faultless(*asked)
    assert [one for one in asked if "25일" not in here.text(one)] == []


async def test_a_worker_that_is_told_to_end_finishes_what_its_sweeper_started(here: Office):
    """Celery knows nothing of this attempt, and must not pull the loop from under it."""
    replaced: list[asyncio.Task] = []
    kill, here.doors.kill = here.doors.kill, lambda name: replaced.append(asyncio.create_task(here.replace(name)))
    here.model.thinks = (4.0, 4.0)
    here.doors.traps.append(Trap("model", "before", ("(40)",)))
    question = await here.admit(40)
    await here.answered(question, 20)
    assert await asyncio.gather(*replaced) == [0]
    here.doors.kill, here.model.thinks = kill, (0.2, 0.4)
    await here.faultless(question)
    assert (await here.record(question))["attempts"] == "1"


async def test_whatever_slack_does_to_a_call_there_is_one_answer_and_no_stray_placeholder(here: Office):
    """Both calls meet each fault once; what is late is carried out after we have given up and asked again."""
    here.slack.faults.late = 9.0  # we give up after six
    kinds = ("reset", "drop", "broken", "limited", "late")
    for method in ("chat.postMessage", "chat.update"):
        here.slack.faults.script(method, *kinds)
    asked = await asyncio.gather(*(here.ask(50 + number, times=1) for number in range(2 * len(kinds))))
    for sent in asked:
        await here.answered(sent, 40)
    await here.until(here.idle)
    await asyncio.sleep(8.0)  # what is late has come, and we have looked once more
    await here.faultless(*asked)
