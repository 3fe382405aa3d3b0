"""Questions that crash, fill or hang the worker that answers them: three attempts, a sentence, and neighbours that live."""

import asyncio
import sys

import pytest

from core.texts import say
from tests.scenarios.crew import LEAVE, crew_of

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="what a process uses is read from /proc"),
    pytest.mark.timeout(240),
]

POISON = {
    "POISON-CRASH": "worker killed by SIGKILL",
    "POISON-EAT": "worker outgrew its memory",
    "POISON-HANG": "",  # no process suffers
}


@pytest.mark.parametrize("poison", POISON)
async def test_poison_ends_with_a_sentence_and_its_neighbours_with_answers(knowledge, tmp_path, poison):
    """Asked at once in one worker, so that whoever is in flight dies with it each time."""
    async with crew_of(tmp_path, knowledge, TEST_POISON="1", DAEDAP_ANSWER_SECONDS="5") as crew:
        slack = crew.slack
        asking = [slack.mention("U0TOM", "C0ALL", f"{LEAVE} {word}") for word in (poison, "1", "2", "3")]
        poisonous, *neighbours = await asyncio.gather(*asking)
        for sent in neighbours:
            assert "25일" in (await slack.answer(sent, within=90)).text
        sorry = await slack.answer(poisonous, within=90)
        assert sorry.text.startswith(say("failed", "ko", reference="").rstrip()[:20])
        job = next(crew.redis().scan_iter(match=f"*job:*:{poisonous.ts}"))
        await crew.until(lambda: crew.redis().hget(job, "state") == "dead", 10)
        assert crew.redis().hget(job, "attempts") == "4", "three attempts, and one to say so"
        assert POISON[poison] in crew.said  # a slow machine may end an attempt by its deadline first
        assert len(slack.visible("C0ALL", poisonous.ts)) == 1
        assert "25일" in (await slack.answer(await slack.mention("U0TOM", "C0ALL", LEAVE), within=30)).text
