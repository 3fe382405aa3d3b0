"""The same questions over Socket Mode: no public address, the same listeners, the same answers."""

import asyncio

from tests.conftest import RedisServer
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import APP_TOKEN
from tests.scenarios.conftest import PEOPLE, slack_environment
from tests.scenarios.stack import Stack


async def test_a_mention_and_a_direct_message_are_answered_over_socket_mode(
    knowledge, redis_server: RedisServer, redis_url, tmp_path
):
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        environment = slack_environment(slack) | {"SLACK_APP_TOKEN": APP_TOKEN, "DAEDAP_DATA_DIR": str(knowledge)}
        del environment["SLACK_SIGNING_SECRET"]
        stack = Stack(tmp_path, redis_server.url, **environment)
        try:
            stack.start_bot()
            stack.start_worker()
            await asyncio.to_thread(stack.until_ready)
            await asyncio.to_thread(stack.until, lambda: slack.sender.sockets, 20, "the bot opened its socket")
            mention = await slack.mention("U0TOM", "C0ALL", "배우자 출산휴가는 며칠인가요?", times=2)
            direct = await slack.dm("U0TOM", "How much is the learning budget per year?")
            assert "25일" in (await slack.answer(mention)).text
            assert "1,400" in (await slack.answer(direct)).text
            assert len(slack.visible("C0ALL", mention.ts)) == 1
            assert (await asyncio.to_thread(stack.get, "/healthz"))[0] == 200
        finally:
            print(stack.logs())
            stack.stop()
