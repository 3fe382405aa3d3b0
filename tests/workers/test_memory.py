"""Memory: by the time of the question, one conversation never sees another's, newest turns only."""

import asyncio
import random

import pytest

from core import keys
from core.messages import Address, Asker, Question, Turn
from workers.steps.memory import RedisMemory


def place(thread: str = "1.0", channel: str = "C1", tenant: str = "T1") -> Address:
    return Address(platform="slack", tenant=tenant, channel=channel, thread=thread)


def asked(at: float, address: Address | None = None) -> Question:
    return Question(
        address=address or place(), message=f"{at:.6f}", at=at, asker=Asker(id="U1"), text="?", language="ko"
    )


def turn(at: float, asker: str = "U1") -> Turn:
    return Turn(message=f"{at:.6f}", at=at, asker=asker, question=f"q{at}", answer=f"a{at}")


@pytest.fixture
def memory(redis):
    return RedisMemory(redis, turns=3, hours=1)


async def test_turns_come_back_in_the_order_of_their_questions_whoever_finished_first(memory):
    wide = RedisMemory(memory.redis, turns=50, hours=1)
    times = [1763740000.0 + n / 1000 for n in range(40)]
    shuffled = random.Random(1).sample(times, len(times))
    await asyncio.gather(*(wide.remember(place(), turn(at)) for at in shuffled))
    assert [t.at for t in await wide.recall(asked(1763740001.0))] == times


async def test_a_question_sees_only_turns_before_it(memory):
    for at in (1.0, 2.0, 3.0):
        await memory.remember(place(), turn(at))
    assert [t.at for t in await memory.recall(asked(2.0))] == [1.0]


async def test_only_the_newest_turns_are_kept_and_all_of_it_expires(memory, redis):
    for at in range(10):
        await memory.remember(place(), turn(float(at)))
    assert [t.at for t in await memory.recall(asked(99.0))] == [7.0, 8.0, 9.0]
    for name in await redis.keys("daedap:*"):
        assert 0 < await redis.ttl(name) <= 3600


async def test_remembering_twice_changes_nothing(memory):
    await memory.remember(place(), turn(1.0))
    await memory.remember(place(), turn(1.0))
    assert len(await memory.recall(asked(9.0))) == 1


@pytest.mark.parametrize("other", [place(thread="2.0"), place(channel="C2"), place(tenant="T2"), place(thread="")])
async def test_no_conversation_sees_another(memory, other):
    await memory.remember(place(), turn(1.0))
    assert await memory.recall(asked(9.0, other)) == ()


async def test_a_forgotten_conversation_is_gone(memory):
    await memory.remember(place(), turn(1.0))
    assert await memory.forget(place(), before=5.0) == 1
    assert await memory.recall(asked(9.0)) == ()
    assert await memory.forget(place(), before=5.0) == 0


async def test_a_person_forgets_only_their_own_turns_of_a_channel(memory):
    await memory.remember(place(thread="1.0"), turn(1.0, "U1"))
    await memory.remember(place(thread="1.0"), turn(2.0, "U2"))
    await memory.remember(place(thread="5.0"), turn(5.0, "U1"))
    assert await memory.forget_person(place().room, "U1", before=9.0) == 2
    assert [t.asker for t in await memory.recall(asked(9.0))] == ["U2"]


async def test_what_was_being_answered_when_it_was_to_be_forgotten_stays_forgotten(memory):
    """Also an answer that was remembered before, by an attempt that was killed right after."""
    await memory.remember(place(), turn(1.0))
    await memory.forget(place(), before=3.0)
    for at in (1.0, 2.0):
        await memory.remember(place(), turn(at))
    assert await memory.recall(asked(9.0)) == ()
    await memory.remember(place(), turn(4.0))
    assert [t.at for t in await memory.recall(asked(9.0))] == [4.0]


async def test_what_a_person_was_being_answered_stays_forgotten_and_another_persons_does_not(memory):
    await memory.forget_person(place().room, "U1", before=3.0)
    await memory.remember(place(), turn(1.0, "U1"))
    await memory.remember(place(), turn(2.0, "U2"))
    assert [t.asker for t in await memory.recall(asked(9.0))] == ["U2"]


async def test_forgetting_again_later_spares_what_was_asked_since(memory):
    await memory.remember(place(), turn(1.0))
    await memory.forget(place(), before=2.0)
    await memory.remember(place(), turn(3.0))
    assert await memory.forget(place(), before=2.0) == 0
    assert [t.at for t in await memory.recall(asked(9.0))] == [3.0]


async def test_a_turn_that_cannot_be_read_costs_only_itself(memory, redis):
    await memory.remember(place(), turn(1.0))
    await redis.zadd(keys.memory(place().conversation), {'{"written": "by another version"}': 2.0})
    assert [t.at for t in await memory.recall(asked(9.0))] == [1.0]
    assert await memory.forget_person(place().room, "U1", before=9.0) == 1
