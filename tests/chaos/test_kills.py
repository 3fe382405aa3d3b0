"""The promise, in short: a hundred questions while workers are killed with -9 and every event comes one to four times."""

import asyncio

import pytest

from tests.chaos.campaign import Campaign
from tests.conftest import RedisServer
from tests.platforms.openai_server import OpenAIServer
from tests.platforms.slack.standin import SlackStandIn
from tests.scenarios.conftest import PEOPLE, knowledge, slack_environment
from tests.scenarios.stack import Stack

__all__ = ["knowledge"]  # the fixture


@pytest.mark.timeout(300)
async def test_a_hundred_questions_through_killed_workers_get_exactly_one_answer_each(
    knowledge, redis_server: RedisServer, redis_url, tmp_path
):
    model = OpenAIServer(reply="유급 25일입니다 [1]. ({unique})", thinks=(0.5, 1.5))
    await model.start()
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        environment = slack_environment(slack) | {
            "DAEDAP_DATA_DIR": str(knowledge),
            "DAEDAP_LLM": "openai:test",
            "OPENAI_API_KEY": "test-key",
            "OPENAI_BASE_URL": model.url,
        }
        stack = Stack(tmp_path, redis_server.url, **environment)
        try:
            stack.start_bot()
            campaign = Campaign(slack, stack)
            for name in campaign.workers:
                stack.start_worker(name)
            await asyncio.to_thread(stack.until_ready)
            slack.bot_url = f"{stack.url}/slack/events"
            outcome = await campaign.run(100, pause=0.3, kill_every=4.0)
            print(outcome)
            print(stack.logs())
        finally:
            stack.stop()
            await model.stop()
    assert outcome.kills >= 4
    assert outcome.faultless, outcome
