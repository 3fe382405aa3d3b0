"""The reindex panel's side of the server: who may is decided here, whatever a browser sends."""

from pathlib import Path

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from core import reindexing
from core.messages import Reindex
from core.texts import say
from tests.bot.playground.talk import events
from tests.conftest import RedisServer
from tests.e2e.server import Site, site

WISH = {"id": "wish-0001", "as": "mina"}
OTHER = "slack:T1:C1:1.1"


async def test_an_administrator_begins_a_run_and_its_result_is_kept(client: ClientSession, site: Site) -> None:
    async with client.post("/page/reindex", json=WISH | {"source": "samples"}) as response:
        assert (response.status, await response.json()) == (202, {"job": "playground:local:mina:wish-0001"})
    told = await events(client, "playground:local:mina:wish-0001")
    assert [kind for _, kind, _ in told][-2:] == ["answer", "end"]
    async with client.get("/page/reindex?as=mina") as response:
        now = await response.json()
    assert now == {
        "allowed": True,
        "sources": ["samples"],
        "running": False,
        "by": "김미나",
        "done": 39,  # as it was told last
        "total": 40,
        "last": told[-2][2]["text"],
    }
    wish = site.reindexer.heard[0]
    assert isinstance(wish, Reindex)
    assert (wish.source, wish.rebuild, wish.asker.id) == ("samples", False, "mina")


async def test_a_wish_that_is_sent_again_is_the_same_run_also_while_it_is_on(client: ClientSession, site: Site) -> None:
    site.reindexer.by_hand()
    for _ in range(3):
        async with client.post("/page/reindex", json=WISH) as response:
            assert response.status == 202
    site.reindexer.read(40)
    await events(client, "playground:local:mina:wish-0001")
    async with client.post("/page/reindex", json=WISH) as response:
        assert response.status == 202
    assert len(site.reindexer.heard) == 1


async def test_a_run_of_somebody_else_is_not_run_into_and_can_be_stopped(client: ClientSession, redis: Redis) -> None:
    assert await reindexing.begin(redis, OTHER, by="U0SUE")
    await reindexing.report(redis, OTHER, done=3, total=9)
    async with client.post("/page/reindex", json=WISH) as response:
        text = say("reindex_running", "ko", by="U0SUE", done=3, total=9)
        assert (response.status, await response.json()) == (409, {"text": text})
    async with client.get("/page/reindex?as=mina") as response:
        now = await response.json()
        assert (now["running"], now["by"], now["done"], now["total"]) == (True, "U0SUE", 3, 9)
    async with client.post("/page/reindex/cancel", json=WISH) as response:
        assert (response.status, await response.json()) == (200, {"text": say("reindex_cancelling", "ko")})
    assert await reindexing.report(redis, OTHER, done=4, total=9) == "stop"
    await reindexing.end(redis, OTHER, "stopped")
    async with client.post("/page/reindex/cancel", json=WISH) as response:
        assert (await response.json())["text"] == say("page.reindex_none", "ko")


@pytest.mark.parametrize("person", ["", "me", "jiwon", "eve", "MINA", "mina\n"])
async def test_who_is_no_administrator_is_told_who_is(
    client: ClientSession, site: Site, redis: Redis, person: str
) -> None:
    text = say("page.reindex_admins", "ko", admins="김미나")
    async with client.get("/page/reindex", params={"as": person}) as response:
        assert (response.status, await response.json()) == (200, {"allowed": False, "text": text})
    assert await reindexing.begin(redis, OTHER, by="U0SUE")
    for path in ("/page/reindex", "/page/reindex/cancel"):
        async with client.post(path, json=WISH | {"as": person}) as response:
            assert (response.status, await response.json()) == (403, {"text": text})
    assert await reindexing.report(redis, OTHER, done=1, total=1) == "go on"
    assert site.reindexer.heard == []


async def test_the_setting_admins_makes_administrators_too(redis_url: str, tmp_path: Path) -> None:
    people = tmp_path / "elsewhere.toml"
    people.write_text('[people.bob]\nname = "Bob"\n', encoding="utf-8")
    changes = {"people": people, "admins": ("playground:local:bob", "playground:local:me")}
    async with site(redis_url, tmp_path, **changes) as running, ClientSession(running.url) as client:
        for person in ("bob", ""):
            async with client.get("/page/reindex", params={"as": person}) as response:
                assert (await response.json())["allowed"]
    async with (
        site(redis_url, tmp_path, people=people) as running,
        ClientSession(running.url) as client,
        client.get("/page/reindex?as=bob") as response,
    ):
        text = say("page.reindex_no_admins", "ko", user="playground:local:bob")
        assert await response.json() == {"allowed": False, "text": text}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"source": "nowhere"}, 422),
        ({"source": "x" * 65}, 400),
        ({"source": None}, 400),
        ({"rebuild": True}, 400),
        ({"id": "a:b:c:d:e"}, 400),
    ],
)
async def test_a_wish_that_cannot_be_is_refused(
    client: ClientSession, site: Site, change: dict[str, object], status: int
) -> None:
    async with client.post("/page/reindex", json=WISH | change) as response:
        assert response.status == status
    assert site.reindexer.heard == []


async def test_redis_away_is_503_with_a_sentence(client: ClientSession, redis_server: RedisServer) -> None:
    redis_server.stop()
    try:
        for request in (
            client.get("/page/reindex?as=mina"),
            client.post("/page/reindex", json=WISH),
            client.post("/page/reindex/cancel", json=WISH),
            client.post("/page/verdict", json={"id": "question-1", "verdict": "good"}),
        ):
            async with request as response:
                assert (response.status, (await response.json())["text"]) == (503, say("starting", "ko"))
    finally:
        redis_server.start()
