"""A68: somebody who asks two hundred times in a minute is told so once, and nobody else waits."""

import asyncio
import time
from statistics import median

from core import keys
from core.texts import say
from tests.platforms.slack.standin import PLACEHOLDERS, SlackStandIn
from tests.platforms.slack.world import TEAM
from tests.scenarios.conftest import PEOPLE, slack_environment
from tests.scenarios.stack import Stack

QUESTION = "배우자 출산휴가는 며칠인가요?"
MANY, ALLOWED = 200, 20


async def test_a68_two_hundred_questions_of_one_person_are_twenty_answers_and_one_word(
    knowledge, redis, redis_url, tmp_path
):
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        environment = slack_environment(slack) | {"DAEDAP_DATA_DIR": str(knowledge)}
        environment |= {"DAEDAP_LIMITS__PERSON": str(ALLOWED), "DAEDAP_LIMITS__CHANNEL": "60"}
        stack = Stack(tmp_path, redis_url, **environment)
        try:
            stack.start_bot()
            stack.start_worker()
            await asyncio.to_thread(stack.until_ready)
            slack.bot_url = f"{stack.url}/slack/events"
            flood = [asyncio.create_task(slack.dm("U0TOM", f"{QUESTION} {n}")) for n in range(MANY)]
            waits = [await waited(slack, f"{QUESTION} {n}") for n in range(5)]
            sent = await asyncio.gather(*flood)
            await asyncio.to_thread(
                stack.until, lambda: stack.get("/readyz")[1].get("waiting") == 0, 60, "all is answered"
            )
        finally:
            print(stack.logs())
            stack.stop()
        shown = [one.text for one in slack.visible(slack.world.direct("U0TOM")) if one.text not in PLACEHOLDERS]
        answers = [text for text in shown if "25일" in text]
        assert {status for one in sent for status in one.statuses} == {200}, "acknowledged: Slack shall not try again"
        assert ALLOWED <= len(answers) <= ALLOWED + 2, "a minute's worth, and what refilled meanwhile"
        polite = [text for text in shown if "25일" not in text]
        assert len(polite) == 1 and polite[0].startswith(say("too_many", "ko", seconds=0).partition("0")[0][:4])
        assert median(waits) < 5.0, "somebody else waits no longer"  # a busy machine may stall one of them
        assert len([name async for name in redis.scan_iter(match=keys.job(TEAM, "*"))]) == len(answers) + 1 + len(waits)


async def waited(slack: SlackStandIn, text: str) -> float:
    """Seconds until another person's question is answered."""
    began = time.monotonic()
    answer = await slack.answer(await slack.dm("U0SUE", text))
    assert "25일" in answer.text
    return time.monotonic() - began
