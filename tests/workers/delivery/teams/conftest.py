"""A claim on a real ledger, the Teams delivery, and a Microsoft of our own."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from redis.asyncio import Redis

from core.ledger import Claim, Ledger
from core.messages import Address, Answer, Asker, Citation, Question
from core.settings import Settings
from core.texts import say
from tests.platforms.teams.standin import Sent, TeamsStandIn
from tests.platforms.teams.world import GENERAL, TENANT, Message, person
from workers.delivery.teams import TeamsDelivery

SOURCE = Citation(number=1, title="휴가 규정", url="https://wiki.example/leave", place="3장 > 이월", quote="15일")
ANSWER = Answer(text="연차는 **15일**입니다 [1].", known=True, language="ko", citations=(SOURCE,))


@pytest.fixture
async def teams() -> AsyncIterator[TeamsStandIn]:
    async with TeamsStandIn() as standin:
        yield standin


@pytest.fixture
async def delivery(teams: TeamsStandIn, redis: Redis) -> AsyncIterator[TeamsDelivery]:
    made = TeamsDelivery(Settings(teams=teams.settings), redis)
    yield made
    await made.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, delivery: TeamsDelivery) -> None:
    """A connector that gives up soon, so that tests of lost replies take no time."""
    monkeypatch.setattr(delivery._connector, "_timeout", 0.4)
    monkeypatch.setattr("workers.delivery.teams_once.TIMEOUT", 0.4)
    monkeypatch.setattr("workers.delivery.teams_once.PAUSES", (0.05, 0.05))


@dataclass
class Asked:
    """A job of a person's message, claimed; `sent` is the message in Teams."""

    claim: Claim
    sent: Sent
    teams: TeamsStandIn

    @property
    def visible(self) -> list[Message]:
        return self.teams.visible(self.sent.conversation, self.sent.root)


Ask = Callable[..., Awaitable[Asked]]


@pytest.fixture
def ask(teams: TeamsStandIn, redis: Redis, delivery: TeamsDelivery) -> Ask:
    """A person's question as the bot admits it: with its reference, and a placeholder unless told otherwise."""
    ledger = Ledger(redis, lease=2.0)

    async def asked(
        conversation: str = GENERAL, *, kind: Any = Question, placeholder: bool = True, **fields: Any
    ) -> Asked:
        sent = teams.draft("mina", conversation, "question", mentioned=True)
        reference = teams.reference(sent)
        direct = teams.world.conversations[conversation].kind == "personal"
        work = kind(
            address=Address(platform="teams", tenant=TENANT, channel=sent.conversation, thread=sent.root),
            message=sent.id,
            at=float(sent.id) / 1000,
            asker=Asker(id=person("mina"), direct=direct),
            language="ko",
            **({"text": "question"} if kind is Question else {}),
        )
        notes = {"reference": json.dumps(reference)} | fields
        if placeholder:
            thinking = {"type": "message", "text": say("thinking", "ko")}
            notes["placeholder"] = await delivery._connector.send(reference, thinking)
        await ledger.admit(work, fields=notes)
        claim = await ledger.claim(work.job)
        assert claim is not None
        return Asked(claim, sent, teams)

    return asked


async def taken_over(redis: Redis, claim: Claim) -> Claim:
    """The same job, claimed by another worker after the lease was lost."""
    await redis.hset(claim._key, "lease", "0")
    successor = await Ledger(redis, lease=2.0).claim(claim.job)
    assert successor is not None
    return successor
