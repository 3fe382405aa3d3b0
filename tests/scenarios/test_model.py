"""With a model: its answer is checked against the passages, and when it is down the documents are quoted."""

import asyncio

from core.texts import say
from tests.conftest import RedisServer
from tests.platforms.openai_server import OpenAIServer
from tests.platforms.slack.standin import SlackStandIn
from tests.scenarios.conftest import PEOPLE, slack_environment
from tests.scenarios.stack import Stack

QUESTION = "배우자 출산휴가는 며칠인가요?"


async def test_a_models_answer_keeps_only_citations_that_resolve_and_a_dead_model_is_replaced_by_quotes(
    knowledge, redis_server: RedisServer, redis_url, tmp_path
):
    model = OpenAIServer(
        reply="배우자 출산휴가는 유급 25일입니다 [1]. 자세한 것은 https://evil.example/x 를 보세요 [77]."
    )
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
            stack.start_worker()
            await asyncio.to_thread(stack.until_ready)
            slack.bot_url = f"{stack.url}/slack/events"
            written = await slack.answer(await slack.mention("U0TOM", "C0ALL", QUESTION))
            assert "유급 25일" in written.text and "evil.example" not in f"{written.text}{written.blocks}"
            assert "77" not in written.text
            model.reply = "UNKNOWN"
            declined = await slack.answer(await slack.dm("U0TOM", QUESTION))
            assert declined.text.startswith(say("unknown", "ko")[:10])
            model.fault = "500"
            quoted = await slack.answer(await slack.dm("U0SUE", QUESTION))
            assert "25일" in quoted.text and say("notes.model_down", "ko") in f"{quoted.text}{quoted.blocks}"
        finally:
            print(stack.logs())
            stack.stop()
            await model.stop()
