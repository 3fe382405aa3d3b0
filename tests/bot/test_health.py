"""Health over HTTP: the process, and whether questions would be answered."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.health import health_routes
from core.connect import connect
from core.health import beat


@pytest.fixture
async def client(redis):
    app = web.Application()
    app.add_routes(health_routes(redis))
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_ready_only_while_a_worker_beats(client, redis):
    assert (await client.get("/readyz")).status == 503
    await beat(redis, "w1", "answers,maintenance")
    reply = await client.get("/readyz")
    assert reply.status == 200
    assert await reply.json() == {
        "ready": True,
        "workers": {"answers,maintenance": 1},
        "waiting": 0,
        "oldest_due_seconds": 0.0,
    }


async def test_alive_tells_of_workers_and_needs_nobody(client):
    reply = await client.get("/healthz")
    assert reply.status == 200 and (await reply.json())["workers"] == {}


async def test_without_redis_alive_but_not_ready():
    app = web.Application()
    away = connect("redis://127.0.0.1:1/0", timeout=0.5)
    app.add_routes(health_routes(away))
    async with TestClient(TestServer(app)) as client:
        assert (await (await client.get("/healthz")).json()) == {"alive": True, "redis": False}
        reply = await client.get("/readyz")
        assert reply.status == 503 and (await reply.json())["reason"] == "redis does not answer"
    await away.aclose()
