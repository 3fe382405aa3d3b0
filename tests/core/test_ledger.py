"""The ledger: once in, one holder, first writer wins, nothing dropped."""

import asyncio
import time

import pytest

from core import keys
from core.errors import LeaseLost
from core.ledger import Ledger
from core.messages import Address, Answer, Asker, Forget, Question


def question(message: str = "1.0", *, client_message: str = "") -> Question:
    return Question(
        address=Address(platform="slack", tenant="T1", channel="C1", thread="1.0"),
        message=message,
        at=1.0,
        asker=Asker(id="U1"),
        text="연차는 며칠인가요?",
        language="ko",
        client_message=client_message,
    )


def reply(text: str) -> Answer:
    return Answer(text=text, known=True, language="ko")


@pytest.fixture
def ledger(redis):
    return Ledger(redis, lease=1.0, attempts=2)


async def test_a_message_is_admitted_once_however_often_it_comes(ledger):
    outcomes = await asyncio.gather(*(ledger.admit(question()) for _ in range(50)))
    assert outcomes.count(True) == 1
    assert (await ledger.waiting())[0] == 1


async def test_one_gesture_under_two_timestamps_is_one_job(ledger):
    assert await ledger.admit(question("1.0", client_message="abc"))
    assert not await ledger.admit(question("22.0", client_message="abc"))


async def test_one_of_many_claims_holds_the_job(ledger):
    await ledger.admit(question())
    claims = await asyncio.gather(*(ledger.claim(question().job) for _ in range(20)))
    assert sum(claim is not None for claim in claims) == 1


async def test_a_dropped_lease_is_swept_and_claimed_by_another(ledger):
    await ledger.admit(question())
    first = await ledger.claim(question().job)
    assert await ledger.sweep("question") == []
    await asyncio.sleep(1.1)
    assert await ledger.sweep("question") == [question().job]
    second = await ledger.claim(question().job)
    assert second.attempt == 2
    with pytest.raises(LeaseLost):
        await first.settle(reply("late"))
    with pytest.raises(LeaseLost):
        await first.finish()


async def test_the_sweeper_leaves_other_kinds_alone(ledger):
    await ledger.admit(question())
    await asyncio.sleep(2.1)
    assert await ledger.sweep("reindex") == []
    assert await ledger.sweep("question,view") == [question().job]


async def test_a_renewed_lease_is_not_swept(ledger):
    await ledger.admit(question())
    claim = await ledger.claim(question().job)
    for _ in range(4):
        await asyncio.sleep(0.5)
        await claim.renew()
        assert await ledger.sweep("question") == []


async def test_the_first_settled_answer_stands(ledger):
    await ledger.admit(question())
    first = await ledger.claim(question().job)
    assert (await first.settle(reply("one"))).text == "one"
    await first.release()
    second = await ledger.claim(question().job)
    assert (await second.settle(reply("two"))).text == "one"


async def test_a_finished_job_stays_finished_and_keeps_no_words(ledger, redis):
    await ledger.admit(question())
    claim = await ledger.claim(question().job)
    await claim.settle(reply("비밀"))
    await claim.finish()
    assert await ledger.claim(question().job) is None
    assert not await ledger.admit(question())
    assert await ledger.waiting() == (0, 0.0)
    record = await ledger.state(question().job)
    assert record["state"] == "done" and not {"work", "answer"} & set(record)
    assert await redis.ttl(keys.job("T1", question().job)) > 24 * 3600


async def test_a_job_handed_back_does_not_pay_for_it(ledger):
    await ledger.admit(question())
    for _ in range(5):
        claim = await ledger.claim(question().job)
        assert claim.attempt == 1 and not claim.exhausted
        await claim.release(counts=False)


async def test_attempts_run_out(ledger):
    await ledger.admit(question())
    for _ in range(3):
        claim = await ledger.claim(question().job)
        await claim.release()
    assert claim.exhausted
    assert claim.reference.startswith("D") and len(claim.reference) == 8


async def test_the_oldest_overdue_job_is_told(ledger, redis):
    await ledger.admit(question())
    await redis.zadd(keys.due("T1"), {question().job: time.time() - 90})
    count, oldest = await ledger.waiting()
    assert count == 1 and 89 < oldest < 95


async def test_a_due_entry_without_a_record_is_dropped(ledger, redis):
    await redis.sadd(keys.TENANTS, "T1")
    await redis.zadd(keys.due("T1"), {"slack:T1:C1:9": 1.0})
    assert await ledger.sweep("question") == []
    assert await ledger.waiting() == (0, 0.0)


async def test_a_tampered_record_harms_nobody(ledger, redis):
    await ledger.admit(question())
    await redis.hset(keys.job("T1", question().job), mapping={"state": "nonsense", "lease": "-1"})
    assert await ledger.claim(question().job) is None


async def test_jobs_whose_workers_are_away_do_not_hide_others(ledger):
    for number in range(5):
        address = question().address
        await ledger.admit(Forget(address=address, message=f"{number}", at=1.0, asker=Asker(id="U1"), language="ko"))
    await ledger.admit(question("9.0"))
    await asyncio.sleep(2.1)
    assert await ledger.sweep("question", limit=3) == [question("9.0").job]


async def test_no_more_is_swept_than_asked_for_and_the_rest_stays_due(ledger):
    for number in range(5):
        await ledger.admit(question(f"{number}.0"))
    await asyncio.sleep(2.1)
    assert await ledger.sweep("question", limit=0) == []
    assert len(await ledger.sweep("question", limit=2)) == 2
    assert len(await ledger.sweep("question")) == 3


@pytest.mark.parametrize("deed", ["renew", "release", "finish"])
async def test_who_lost_the_lease_changes_nothing_any_more(ledger, deed):
    await ledger.admit(question())
    first = await ledger.claim(question().job)
    await first.renew(0.01)
    await asyncio.sleep(0.05)
    second = await ledger.claim(question().job)
    before = await ledger.state(question().job)
    with pytest.raises(LeaseLost):
        await getattr(first, deed)()
    assert await ledger.state(question().job) == before
    await second.renew()


@pytest.mark.parametrize("deed", ["renew", "release", "finish"])
async def test_a_finished_job_is_not_brought_back_by_its_own_worker(ledger, deed):
    await ledger.admit(question())
    claim = await ledger.claim(question().job)
    await claim.finish()
    with pytest.raises(LeaseLost):
        await getattr(claim, deed)()
    assert await ledger.waiting() == (0, 0.0)


async def test_a_job_handed_back_is_due_when_it_was_said_and_not_before(ledger):
    await ledger.admit(question())
    claim = await ledger.claim(question().job)
    await claim.release(after=0.5)
    assert await ledger.sweep("question") == []
    await asyncio.sleep(0.6)
    assert await ledger.sweep("question") == [question().job]


async def test_a_wake_up_that_comes_after_the_end_leaves_nothing_due(ledger, redis):
    """The sweeper may have found the job just before it ended."""
    await ledger.admit(question())
    await (await ledger.claim(question().job)).finish()
    await redis.zadd(keys.due("T1"), {question().job: 1.0})
    assert await ledger.claim(question().job) is None
    assert await ledger.waiting() == (0, 0.0)


async def test_a_renewal_that_crosses_the_handing_back_does_not_take_the_lease_again(ledger):
    await ledger.admit(question())
    claim = await ledger.claim(question().job)
    await claim.release()
    with pytest.raises(LeaseLost):
        await claim.renew()
    assert await ledger.claim(question().job) is not None
