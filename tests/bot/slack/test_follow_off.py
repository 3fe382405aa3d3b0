"""With `follow_threads = false` a thread goes on only when Daedap is mentioned again."""

import pytest

from core import keys
from core.settings import SlackSettings
from tests.bot.slack.conftest import Bot
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import BOT_TOKEN, BOT_USER, SECRET, TEAM

CHANNEL = "C0QUIET"


@pytest.fixture
def slack_settings(slack: SlackStandIn) -> SlackSettings:
    return SlackSettings(bot_token=BOT_TOKEN, signing_secret=SECRET, api_url=slack.api_url, follow_threads=False)


async def test_an_engaged_thread_is_left_alone_until_a_mention(slack: SlackStandIn, bot: Bot) -> None:
    slack.channel(CHANNEL, {BOT_USER, "U0TOM"})
    root = await slack.say("U0TOM", CHANNEL, "점심?")
    await bot.redis.set(keys.engaged(f"slack:{TEAM}:{CHANNEL}:{root.ts}"), "1")
    await slack.say("U0TOM", CHANNEL, "그럼 저녁은요?", thread=root.ts)
    assert await bot.jobs() == []
    await slack.mention("U0TOM", CHANNEL, "그럼 저녁은요?", thread=root.ts)
    assert len(await bot.jobs()) == 1
