"""The events of a job as a browser follows them, over real HTTP."""

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from bot.playground import stream
from core import keys
from core.texts import say
from tests.bot.playground.talk import JOB, ask, events
from tests.conftest import RedisServer
from tests.e2e.server import Site


async def test_a_stream_goes_on_behind_the_last_event_that_was_seen(client: ClientSession) -> None:
    await client.post("/page/ask", json=ask())
    heard = await events(client, JOB)
    assert await events(client, JOB, **{"Last-Event-ID": heard[2][0]}) == heard[3:]
    assert await events(client, JOB + f"?after={heard[4][0]}") == heard[5:]
    assert await events(client, JOB, **{"Last-Event-ID": "; DROP"}) == heard


@pytest.mark.parametrize(
    "job",
    [
        "slack:T1:C1:1700000000.000100",
        "playground:local:me:nothing-here",
        "playground:local:ME:question-1",
        "x",
        "playground:other:me:question-1",
    ],
)
async def test_only_the_pages_own_jobs_can_be_followed(client: ClientSession, redis: Redis, job: str) -> None:
    await redis.hset(keys.job("T1", "slack:T1:C1:1700000000.000100"), mapping={"state": "open"})
    async with client.get(f"/page/events/{job}") as response:
        assert response.status == 404


async def test_an_answer_that_is_kept_no_more_says_so_and_ends(client: ClientSession, redis: Redis) -> None:
    await client.post("/page/ask", json=ask())
    await events(client, JOB)
    await redis.delete(keys.events(JOB))
    told = [(kind, data) for _, kind, data in await events(client, JOB)]
    assert told == [("failed", {"text": say("page.expired", "ko")}), ("end", {})]


async def test_no_worker_is_told_and_the_stream_stays_alive(client: ClientSession, site: Site) -> None:
    await site.stop_working()
    await client.post("/page/ask", json=ask())
    async with client.get(f"/page/events/{JOB}") as response:
        assert await response.content.readuntil(b"\n\n") == b": open\n\n"
        assert await response.content.readuntil(b"\n\n") == b"event: waiting\ndata: {}\n\n"
        site.worker.by_hand()
        site.work_again()
        await response.content.readuntil(b"\n\n")  # the worker has begun and thinks
        assert await response.content.readuntil(b"\n\n") == b": alive\n\n"
        site.worker.go_on(100)
        assert b"event: answer" in await response.content.read()


async def test_redis_away_is_503_with_a_sentence_and_back_again_all_is_well(
    client: ClientSession, site: Site, redis_server: RedisServer
) -> None:
    redis_server.stop()
    try:
        for request in (client.post("/page/ask", json=ask()), client.get(f"/page/events/{JOB}")):
            async with request as response:
                assert (response.status, (await response.json())["text"]) == (503, say("starting", "ko"))
                assert response.headers["Retry-After"] == "2"
        async with client.get("/") as response:
            assert response.status == 200
    finally:
        redis_server.start()
    async with client.post("/page/ask", json=ask()) as response:
        assert response.status == 202
    assert (await events(client, JOB))[-1][1] == "end"


async def test_readers_beyond_the_limit_wait_so_that_questions_still_find_a_connection(
    client: ClientSession, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LIMIT", 2)
    await site.stop_working()
    await client.post("/page/ask", json=ask())
    async with client.get(f"/page/events/{JOB}") as one, client.get(f"/page/events/{JOB}") as two:
        assert (one.status, two.status) == (200, 200)
        async with client.get(f"/page/events/{JOB}") as three:
            assert (three.status, (await three.json())["text"]) == (503, say("starting", "ko"))
        async with client.post("/page/ask", json=ask(id="question-2")) as response:
            assert response.status == 202


async def test_a_browser_that_leaves_frees_its_place(
    client: ClientSession, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LIMIT", 1)
    monkeypatch.setattr(stream, "PATIENCE", 0.1)
    await site.stop_working()
    await client.post("/page/ask", json=ask())
    async with client.get(f"/page/events/{JOB}") as response:
        await response.content.readuntil(b"\n\n")
    site.work_again()
    for _ in range(50):
        async with client.get(f"/page/events/{JOB}") as response:
            if response.status == 200:
                return
    pytest.fail("the place of a reader who left was never free again")
