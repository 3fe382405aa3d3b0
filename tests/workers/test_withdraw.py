"""A question that is deleted: nothing of it is answered, shown or remembered, whenever the deletion comes."""

import asyncio

import pytest
from redis.asyncio import Redis

from core import keys
from core.ledger import Ledger
from core.messages import Answer, Asker, Question, Turn, Withdraw
from tests.platforms.slack.standin import SlackStandIn
from tests.workers.delivery.conftest import Ask, delivery, slack, slack_settings
from tests.workers.delivery.conftest import ask as ask
from tests.workers.delivery.conftest import quick as quick
from tests.workers.test_attempt import question, recorder, services, shelf, state
from workers.attempt import attempt
from workers.delivery.slack import SlackDelivery

__all__ = ["delivery", "recorder", "services", "shelf", "slack", "slack_settings"]  # fixtures
GENERAL = "C0GENERAL"


def wish(asked: Question, **fields) -> Withdraw:
    common = {"address": asked.address, "asker": asked.asker, "language": "ko", "at": asked.at}
    return Withdraw(message=f"withdraw-{asked.message}", takes_back=asked.message, **(common | fields))


async def withdraw(services, asked: Question, **fields) -> None:
    deletion = wish(asked, **fields)
    await services.ledger.admit(deletion)
    await attempt(deletion.job, services)
    assert (await services.ledger.state(deletion.job))["state"] == "done"


async def recalled(services) -> tuple[Turn, ...]:
    return await services.memory.recall(question().model_copy(update={"at": 9.0}))


async def test_a_question_that_nobody_began_is_not_answered(services, recorder):
    await withdraw(services, question())
    assert await services.ledger.sweep("question") == [question().job]
    await attempt(question().job, services)
    assert (recorder.begun, recorder.answers, recorder.taken) == (0, [], [question().job])
    assert await state(services) == "dead"


async def test_an_answer_in_the_making_is_dropped(services, recorder, shelf):
    async def slow():
        await asyncio.sleep(3)

    shelf.misbehave = slow
    running = asyncio.create_task(attempt(question().job, services))
    await asyncio.sleep(0.3)
    await withdraw(services, question())
    await asyncio.wait_for(running, 1.5)  # its next renewal of the lease finds it gone
    await attempt(question().job, services)
    assert (recorder.answers, recorder.taken, await state(services)) == ([], [question().job], "dead")
    assert await recalled(services) == ()


async def test_an_answer_that_was_given_stays_and_is_not_recalled(services, recorder):
    await attempt(question().job, services)
    assert len(await recalled(services)) == 1
    await withdraw(services, question())
    assert (await recalled(services), recorder.taken, await state(services)) == ((), [], "done")


async def test_a_turn_that_comes_late_is_not_kept(services, recorder):
    """Deleted while the answer was being shown: whoever shows it comes to remember it after the deletion."""
    recorder.slow = 0.5
    running = asyncio.create_task(attempt(question().job, services))
    await asyncio.sleep(0.3)
    deletion = wish(question())
    await services.memory.forget_turn(deletion.address, deletion.takes_back, asker="U1", at=deletion.at)
    await running
    assert await recalled(services) == ()


async def test_a_question_that_comes_after_its_deletion_is_not_admitted(services):
    late = question("7.0")
    await withdraw(services, late)
    assert await services.ledger.admit(late) is False


async def test_somebody_elses_deletion_does_nothing(services, recorder):

    await withdraw(services, question(), asker=Asker(id="U2"))
    await attempt(question().job, services)
    assert len(recorder.answers) == 1 and len(await recalled(services)) == 1
    await services.memory.forget_turn(question().address, "1.0", asker="U2", at=0.5)
    assert len(await recalled(services)) == 1


async def test_a_record_that_cannot_be_read_is_left_alone(services, redis):
    await redis.hset(keys.job("T1", question().job), "work", "{")
    assert await services.ledger.withdraw(question().job, asker="U1") == "another"


async def test_the_placeholder_goes(slack: SlackStandIn, delivery: SlackDelivery, ask: Ask) -> None:
    claim = await ask()
    await delivery.begin(claim)
    assert len(slack.visible(GENERAL, claim.work.address.thread)) == 1
    await delivery.take_back(await again(claim))
    assert slack.visible(GENERAL, claim.work.address.thread) == []
    await delivery.take_back(await again(claim))


async def test_every_part_of_a_half_posted_answer_goes(slack: SlackStandIn, delivery: SlackDelivery, ask: Ask) -> None:
    claim = await ask()
    await delivery.begin(claim)
    await delivery.finish(claim, Answer(text="word " * 3_000, known=True, language="ko"))
    assert len(slack.visible(GENERAL, claim.work.address.thread)) > 1
    await delivery.take_back(await again(claim))
    assert slack.visible(GENERAL, claim.work.address.thread) == []


async def test_a_placeholder_that_was_posted_and_never_noted_is_found_and_goes(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, quick: None
) -> None:
    claim = await ask()
    slack.faults.script("chat.postMessage", "reset")
    with pytest.raises(Exception, match="did not answer"):
        await delivery.begin(claim)
    assert len(slack.visible(GENERAL, claim.work.address.thread)) == 1
    await delivery.take_back(await again(claim))
    assert slack.visible(GENERAL, claim.work.address.thread) == []


async def test_a_placeholder_on_its_way_is_withdrawn_by_who_posts_it(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, redis: Redis
) -> None:
    claim = await ask()
    posting = asyncio.create_task(_late(slack, claim, Ledger(redis)))
    with pytest.raises(Exception, match="slack:"):
        await delivery.begin(claim)
    await posting
    await asyncio.sleep(0.1)
    assert slack.visible(GENERAL, claim.work.address.thread) == []


async def _late(slack: SlackStandIn, claim, ledger: Ledger) -> None:
    """The deletion comes between Slack's carrying the post out and its being noted."""
    method = slack.methods.call

    def call(name, token, given):
        reply = method(name, token, given)
        if name == "chat.postMessage":
            slack.methods.call = method  # type: ignore[method-assign]
            asyncio.get_running_loop().create_task(ledger.withdraw(claim.job, asker="U0MINA"))
        return reply

    slack.methods.call = call  # type: ignore[method-assign]


async def again(claim):
    """The claim of a worker that takes it over."""
    ledger = claim.ledger
    await ledger.withdraw(claim.job, asker=claim.work.asker.id)
    if taken := await ledger.claim(claim.job):
        return taken
    await ledger.redis.hset(keys.job(keys.tenant_of(claim.job), claim.job), "lease", "0")
    taken = await ledger.claim(claim.job)
    assert taken is not None
    return taken
