"""A question that kills every worker that claims it: three attempts, one apology, and its neighbours do not pay for it."""

import asyncio

import pytest

from core.texts import say
from tests.chaos.office import office
from tests.conftest import RedisServer
from tests.scenarios.conftest import knowledge

__all__ = ["knowledge"]  # the fixture


@pytest.mark.timeout(180)
async def test_a_poisonous_question_ends_with_an_apology_after_three_attempts_and_its_neighbours_with_answers(
    knowledge, redis_server: RedisServer, redis_url, tmp_path
):
    """One worker only, so that everything in flight dies with it each time; the model is slower than the poison."""
    async with office(tmp_path, knowledge, redis_url, thinks=(2.0, 2.0)) as here:
        poison = await here.admit(0)
        neighbours = [await here.admit(number) for number in range(1, 5)]
        for attempt in ("1", "2", "3"):
            await here.until(lambda attempt=attempt: _at_work(here, poison, attempt), 60)
            here.stack.kill("one")
            await asyncio.to_thread(here.stack.processes["one"].wait)
            here.stack.start_worker("one")
        await here.faultless(poison, *neighbours)
        sorry = say("failed", "ko", reference="").rstrip()[:20]
        assert (await here.record(poison))["attempts"] == "4"
        assert here.answers(poison)[0].text.startswith(sorry)
        assert [one for one in neighbours if "25일" not in here.answers(one)[0].text] == []


async def _at_work(here, question, attempt: str) -> bool:
    """Whether a worker is well into this attempt (and has not only looked at it to put it off)."""
    if (await here.record(question))["attempts"] != attempt:
        return False
    await asyncio.sleep(0.3)
    return (await here.record(question))["attempts"] == attempt
