"""Thumbs as the page sends them, and threads to be forgotten, over real HTTP."""

from pathlib import Path

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from core import keys
from core.ledger import Ledger
from core.messages import Address, Asker, Question
from core.texts import say
from tests.bot.playground.talk import JOB, ask, events
from tests.e2e.server import Site
from tests.e2e.server import site as running

VERDICT = {"id": "question-1", "verdict": "bad"}


async def kept(redis: Redis) -> list[dict[str, str]]:
    return [entry for _, entry in await redis.xrange(keys.feedback("local"))]


async def sent(client: ClientSession, **changes: object) -> int:
    async with client.post("/page/verdict", json=VERDICT | changes) as response:
        return response.status


@pytest.fixture
async def answered(client: ClientSession) -> None:
    await client.post("/page/ask", json=ask())
    await events(client, JOB)


async def test_a_verdict_is_kept_with_who_gave_it_and_why(client: ClientSession, redis: Redis, answered: None) -> None:
    assert await sent(client, reasons=["wrong", "wrong", "source"], words=" not\x00 this\u202e ") == 200
    [entry] = await kept(redis)
    assert (entry["job"], entry["user"]) == (JOB, "playground:local:me")
    assert (entry["verdict"], entry["reason"]) == ("bad", "wrong, source: not this")


async def test_the_same_verdict_is_kept_once_and_a_changed_one_again(
    client: ClientSession, redis: Redis, answered: None
) -> None:
    for verdict in ("good", "good", "bad", "good"):
        assert await sent(client, verdict=verdict) == 200
    assert [entry["verdict"] for entry in await kept(redis)] == ["good", "bad", "good"]


async def test_only_an_answer_that_this_person_got_here_can_be_judged(
    client: ClientSession, redis: Redis, site: Site, answered: None
) -> None:
    foreign = Question(
        address=Address(platform="slack", tenant="local", channel="me"),
        message="question-2",
        at=1.0,
        asker=Asker(id="U1"),
        language="ko",
        text="x",
    )
    await Ledger(redis).admit(foreign)
    view = {"id": "view-0001", "document": "samples:people/leave.md", "start": 0, "end": 1}
    async with client.post("/page/view", json=view) as response:
        await events(client, (await response.json())["job"])
    site.worker.by_hand()
    await client.post("/page/ask", json=ask(id="question-3"))
    for wrong in (
        {"id": "question-2"},  # another platform's
        {"as": "mina"},  # another person's
        {"id": "question-9"},  # nobody's
        {"id": "view-0001"},  # no question
        {"id": "question-3"},  # no answer yet
    ):
        assert await sent(client, **wrong) == 404, wrong
    assert await kept(redis) == []
    async with client.post("/page/verdict", json=VERDICT | {"as": "mina"}) as response:
        assert (await response.json())["text"] == say("page.verdict_expired", "ko")
    site.worker.go_on(100)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "playground:local:mina:question-1"},
        {"id": "question-1*"},
        {"verdict": "ugly"},
        {"reasons": ["<script>"]},
        {"reasons": ["wrong"] * 5},
        {"reasons": "wrong"},
        {"words": "x" * 4001},
        {"words": None},
        {"job": JOB},
        {"user": "slack:T1:U1"},
    ],
)
async def test_what_is_no_verdict_is_refused(
    client: ClientSession, redis: Redis, answered: None, change: dict[str, object]
) -> None:
    assert await sent(client, **change) == 400
    assert await kept(redis) == []


async def test_long_words_are_cut(client: ClientSession, redis: Redis, answered: None) -> None:
    assert await sent(client, words="가" * 4000) == 200
    assert (await kept(redis))[0]["reason"] == "가" * 1000


async def test_a_thread_is_forgotten_by_who_began_it(client: ClientSession, site: Site, answered: None) -> None:
    async with client.post("/page/forget", json={"id": "forget-01", "thread": "thread-01", "as": "mina"}) as response:
        assert response.status == 202
        await events(client, (await response.json())["job"])
    wish = site.worker.heard[-1]
    assert (wish.kind, wish.address.conversation) == ("forget", "playground:local:mina:thread-01")


async def test_who_asks_too_fast_is_told_when_to_come_back(redis_url: str, tmp_path: Path, redis: Redis) -> None:
    async with running(redis_url, tmp_path, limits={"person": 2}) as slow, ClientSession(slow.url) as client:
        for number in (1, 2, 2, 2):  # what is sent again costs nothing
            async with client.post("/page/ask", json=ask(id=f"question-{number}")) as response:
                assert response.status == 202
        async with client.post("/page/ask", json=ask(id="question-3")) as response:
            seconds = int(response.headers["Retry-After"])
            assert response.status == 429
            assert (await response.json())["text"] == say("too_many", "ko", seconds=seconds)
        assert 0 < seconds <= 60
        async with client.post("/page/ask", json=ask(id="question-3", **{"as": "mina"})) as response:
            assert response.status == 202, "the limit is each person's own"
        assert not await redis.exists(keys.job("local", "playground:local:me:question-3"))
