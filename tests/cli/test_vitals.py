"""What shows that a child does its work, on a real Redis; time does not matter here (test_watch.py)."""

import asyncio
import http.server
import json
import os
import signal
import threading
import time
from dataclasses import replace
from typing import ClassVar

import pytest

from cli.vitals import CUT_OFF, DEAF, IDLE, MUTE, SILENT, BotVital, RedisVital, WorkerVital
from core import keys
from core.broker import queue_key
from core.health import Beat, beat, worker_name
from core.ledger import Ledger
from core.messages import Address, Asker, Question, Reindex
from core.settings import Settings
from tests.conftest import RedisServer, free_port

PID = 4711
ANSWERS = "answers,maintenance"
COMMON = {
    "address": Address(platform="slack", tenant="T1", channel="C1"),
    "at": 1.0,
    "asker": Asker(id="U1"),
    "language": "ko",
}


async def lives(redis, queues: str = ANSWERS, free: int = 5) -> None:
    await beat(redis, worker_name(queues, PID), queues, free=free)


async def admitted(redis, work, *, since: float) -> None:
    await Ledger(redis).admit(work)
    await redis.zadd(keys.due("T1"), {work.job: time.time() - since})


@pytest.fixture
def vital(redis_url):
    return WorkerVital(redis_url, ANSWERS)


async def test_a_worker_without_a_heartbeat_is_silent_whoever_else_beats(vital, redis):
    assert await vital(PID) == SILENT
    await beat(redis, worker_name(ANSWERS, PID + 1), ANSWERS)
    await beat(redis, worker_name("reindex", PID), "reindex")
    assert await vital(PID) == SILENT
    await lives(redis)
    assert await vital(PID) is None


async def test_a_wakeup_that_nobody_takes_from_look_to_look_is_noticed(vital, redis):
    await lives(redis)
    await redis.lpush(queue_key("maintenance"), "first")
    assert await vital(PID) is None, "it may have come this moment"
    assert await vital(PID) == DEAF
    await redis.lpush(queue_key("maintenance"), "second")
    await redis.rpop(queue_key("maintenance"))
    assert await vital(PID) is None, "the oldest is another one: the queue moves"


async def test_a_due_question_that_nobody_takes_is_noticed(vital, redis):
    await lives(redis)
    await admitted(redis, Question(message="1", text="?", **COMMON), since=50)
    assert await vital(PID) is None
    await admitted(redis, Question(message="2", text="?", **COMMON), since=90)
    assert await vital(PID) == IDLE


async def test_a_worker_that_is_full_is_not_at_fault(vital, redis):
    await lives(redis, free=0)
    await redis.lpush(queue_key("answers"), "waits")
    await admitted(redis, Question(message="1", text="?", **COMMON), since=900)
    for _ in range(3):
        assert await vital(PID) is None


async def test_a_reindexer_busy_for_an_hour_is_not_a_hung_one(redis_url, redis):
    """Its job is not due, for its lease is renewed; questions and wishes of others are no work that it leaves undone."""
    vital = WorkerVital(redis_url, "reindex")
    await lives(redis, "reindex", free=1)
    wish = Reindex(message="1", **COMMON)
    ledger = Ledger(redis, lease=30)
    await ledger.admit(wish)
    claim = await ledger.claim(wish.job)
    assert claim is not None
    await redis.hset(keys.job("T1", wish.job), "admitted", str(time.time() - 3_600))
    await claim.renew()
    await admitted(redis, Question(message="2", text="?", **COMMON), since=900)
    await redis.lpush(queue_key("answers"), "not its own")
    for _ in range(3):
        assert await vital(PID) is None


async def test_while_redis_is_away_nothing_is_said_of_a_worker():
    with pytest.raises(OSError, match="onnect"):
        await WorkerVital(f"redis://127.0.0.1:{free_port()}/0", ANSWERS)(PID)


async def test_a_heartbeat_of_another_version_is_one(vital, redis):
    await redis.set(keys.WORKERS + worker_name(ANSWERS, PID), ANSWERS, ex=15)
    assert await vital(PID) is None
    assert Beat.read("[]") == Beat("[]") and Beat.read(json.dumps({"queues": "a", "free": None})).free == 1


async def test_a_redis_is_mute_when_it_does_not_answer(redis_url, redis):
    assert await RedisVital(redis_url)(PID) is None
    assert await RedisVital(f"redis://127.0.0.1:{free_port()}/0")(PID) == MUTE


class Bot(http.server.BaseHTTPRequestHandler):
    told: ClassVar[dict] = {"alive": True}

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(self.told).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def bot(monkeypatch):
    server = http.server.HTTPServer(("127.0.0.1", 0), Bot)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Settings(bind=f"127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()


async def test_a_bot_that_answers_is_well_unless_it_alone_has_lost_redis(bot, redis_url, monkeypatch):
    away = f"redis://127.0.0.1:{free_port()}/0"
    assert await BotVital(bot, redis_url)(PID) is None
    monkeypatch.setattr(Bot, "told", {"alive": True, "redis": False})
    assert await BotVital(bot, redis_url)(PID) == CUT_OFF
    assert await BotVital(bot, away)(PID) is None, "nobody reaches it: not the bot's fault"
    nobody = Settings(bind=f"127.0.0.1:{free_port()}")
    assert await BotVital(nobody, redis_url)(PID) == MUTE


async def test_a_frozen_redis_is_mute_within_seconds(tmp_path):
    server = RedisServer(tmp_path)
    vital = RedisVital(server.url)
    assert await vital(PID) is None
    server.signal(signal.SIGSTOP)
    try:
        assert await asyncio.wait_for(vital(PID), 10) == MUTE
    finally:
        server.signal(signal.SIGCONT)
        server.stop()


def test_a_workers_name_is_that_of_its_process():
    assert worker_name(ANSWERS) == worker_name(ANSWERS, os.getpid())
    assert worker_name(ANSWERS).startswith(f"answers-{os.getpid()}@")
    assert replace(Beat("a"), free=0).free == 0
