"""Socket Mode: the same listeners, told over a websocket."""

import asyncio

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from bot.slack.app import slack_app
from core.errors import SettingsError
from core.settings import Settings, SlackSettings
from core.texts import say
from tests.bot.slack.conftest import ADMIN, Bot, run
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import APP_TOKEN


async def connected(slack: SlackStandIn, *, beside: object = None) -> None:
    for _ in range(200):
        if any(socket is not beside for socket in slack.sender.sockets):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("no socket was opened")


async def test_a_mention_a_command_and_a_click_come_over_the_socket(slack: SlackStandIn, socket_bot: Bot) -> None:
    await connected(slack)
    sent = await slack.mention("U0MINA", "C0GENERAL", "question", times=2)
    help_text = await slack.slash("U0MINA", "C0GENERAL", "/daedap", "help")
    await slack.slash(ADMIN, "C0GENERAL", "/reindex")
    assert set(sent.statuses) == {200}
    assert help_text.body["text"] == say("help", "ko")
    assert [job.kind for job in await socket_bot.jobs()] == ["question", "reindex"]


async def test_a_slack_that_is_down_at_the_start_is_waited_for(
    slack: SlackStandIn, settings: Settings, redis: Redis, redis_url: str
) -> None:
    slack.faults.script("auth.test", "broken")
    slack.faults.script("apps.connections.open", "broken")
    over_socket = settings.slack.model_copy(update={"app_token": SecretStr(APP_TOKEN)})
    async for running in run(settings.model_copy(update={"slack": over_socket}), redis, redis_url):
        await connected(slack)
        assert (await slack.dm("U0MINA", "question")).statuses == [200]
        assert len(await running.jobs()) == 1


async def test_a_malformed_envelope_is_not_acknowledged_and_the_next_one_is(
    slack: SlackStandIn, socket_bot: Bot
) -> None:
    await connected(slack)
    [socket] = slack.sender.sockets
    for kind, payload in [
        ("events_api", {}),
        ("interactive", {"type": "block_actions"}),
        ("surprise", {}),
        ("events_api", {"type": 5}),
    ]:
        await socket.send_json({"envelope_id": "x", "type": kind, "payload": payload})
    assert (await slack.dm("U0MINA", "question")).statuses == [200]


async def test_with_an_app_token_alone_nothing_listens_on_http(
    settings: Settings, socket_bot: Bot, slack: SlackStandIn
) -> None:
    slack.bot_url = socket_bot.url
    assert (await slack.slash("U0MINA", "C0GENERAL", "/daedap")).status == 404


async def test_the_socket_is_opened_again_when_slack_says_so(slack: SlackStandIn, socket_bot: Bot) -> None:
    await connected(slack)
    [first] = slack.sender.sockets
    await first.send_json({"type": "disconnect", "reason": "refresh_requested"})
    await connected(slack, beside=first)
    assert (await slack.dm("U0MINA", "question")).statuses == [200]
    assert len(await socket_bot.jobs()) == 1


@pytest.mark.parametrize(("token", "named"), [("bot_token", "SLACK_BOT_TOKEN"), ("app_token", "SLACK_APP_TOKEN")])
async def test_a_wrong_token_stops_the_start_with_its_name(
    slack: SlackStandIn, settings: Settings, redis: Redis, redis_url: str, token: str, named: str
) -> None:
    tokens = {"app_token": SecretStr(APP_TOKEN)} | {token: SecretStr("xoxb-wrong")}
    wrong = settings.model_copy(update={"slack": settings.slack.model_copy(update=tokens)})
    with pytest.raises(SettingsError, match=named):
        async for _ in run(wrong, redis, redis_url):
            pass


async def test_without_a_signing_secret_or_an_app_token_slack_cannot_start(settings: Settings) -> None:
    bare = settings.model_copy(update={"slack": SlackSettings(bot_token=SecretStr("xoxb"))})
    with pytest.raises(SettingsError, match="SLACK_SIGNING_SECRET"):
        slack_app(bare, None, None)  # type: ignore[arg-type]
