"""A claim on a real ledger, the Slack delivery, and a stand-in Slack."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from core.ledger import Claim, Ledger
from core.messages import Address, Answer, Asker, Citation, Question
from core.settings import Settings, SlackSettings
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import BOT_TOKEN, TEAM
from workers.delivery.slack import SlackDelivery

SOURCE = Citation(number=1, title="휴가 규정", url="https://wiki.example/leave", place="3장 > 이월", quote="15일")
ANSWER = Answer(text="연차는 **15일**입니다 [1].", known=True, language="ko", citations=(SOURCE,))


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as standin:
        yield standin


@pytest.fixture
def slack_settings(slack: SlackStandIn, redis_url: str) -> Settings:
    return Settings(slack=SlackSettings(bot_token=BOT_TOKEN, api_url=slack.api_url), redis_url=redis_url)


@pytest.fixture
async def delivery(slack_settings: Settings, redis: Redis) -> AsyncIterator[SlackDelivery]:
    made = SlackDelivery(slack_settings, redis)
    yield made
    await made.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that gives up soon, so that tests of lost replies take no time."""
    monkeypatch.setattr("platforms.slack.client.TIMEOUT", 0.4)
    monkeypatch.setattr("workers.delivery.slack_once.TIMEOUT", 0.4)


Ask = Callable[..., Awaitable[Claim]]


@pytest.fixture
def ask(slack: SlackStandIn, redis: Redis) -> Ask:
    """A person's question on the ledger, claimed."""
    ledger = Ledger(redis, lease=2.0)

    async def asked(channel: str = "C0GENERAL", *, kind: Any = Question, **fields: Any) -> Claim:
        user = "U0MINA"
        message = slack.world.add(channel, user, "question")
        direct = channel.startswith("D")
        address = Address(platform="slack", tenant=TEAM, channel=channel, thread="" if direct else message.ts)
        given = {
            "address": address,
            "message": message.ts,
            "asker": Asker(id=user, direct=direct),
            "at": float(message.ts),
        }
        work = kind(**given, language="ko", **(fields or {"text": "question"}))
        await ledger.admit(work)
        claim = await ledger.claim(work.job)
        assert claim is not None
        return claim

    return asked
