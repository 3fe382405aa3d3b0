"""Connections to Redis: one pool a process, timeouts on everything, and a clear word when it cannot be reached."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import AuthenticationError, RedisError

from core.errors import RedisUnreachable


def connect(url: str, *, timeout: float = 5.0, connections: int = 64) -> Redis:
    """A client whose every call ends within about `timeout` seconds; text in, text out."""
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=connections,
            timeout=timeout,  # waiting for a free connection
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            health_check_interval=5,
            decode_responses=True,
        )
    except ValueError:
        shown = hide_password(url)
        raise RedisUnreachable(
            f"REDIS_URL = {shown}: not an address; write redis://HOST:PORT/0, or rediss:// for TLS"
        ) from None
    return Redis.from_pool(pool)  # owns the pool: aclose() closes both


async def check(redis: Redis, url: str) -> dict[str, Any]:
    """Redis' INFO, after making sure it is there and fit to keep promises; raises RedisUnreachable with the way out."""
    shown = hide_password(url)
    try:
        info: dict[str, Any] = await redis.info()
        policy = (await _config(redis)).get("maxmemory-policy", "noeviction")
    except AuthenticationError:
        raise RedisUnreachable(
            f"REDIS_URL = {shown}: Redis refuses the user or password. Correct it in REDIS_URL."
        ) from None
    except (RedisError, OSError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise RedisUnreachable(
            f"REDIS_URL = {shown}: Redis does not answer ({reason}). Start it, correct REDIS_URL, or unset it."
        ) from None
    if reason := _unfit(info, policy):
        raise RedisUnreachable(f"REDIS_URL = {shown}: {reason}")
    return info


def _unfit(info: dict[str, Any], policy: str) -> str:
    """Why promises cannot be kept there, "" when they can."""
    version = str(info.get("redis_version", ""))
    if int(version.partition(".")[0] or 0) < 7:
        return f"Redis {version} is older than 7.0, in which scripts may finish work while memory is full. Upgrade it, or use Valkey."
    if info.get("redis_mode") == "cluster":
        return "Redis runs in cluster mode, which is not proven. Use a single or Sentinel-led server."
    if policy.startswith("allkeys"):
        return f"maxmemory-policy {policy} drops accepted questions without a word. Set it to noeviction."
    return ""


async def _config(redis: Redis) -> dict[str, str]:
    try:
        return dict(await redis.config_get("maxmemory-policy"))
    except RedisError:  # managed services forbid CONFIG
        return {}


def hide_password(url: str) -> str:
    """The address as it may be shown."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    user = (parts.username or "") + (":***" if parts.password else "")
    return urlunsplit(parts._replace(netloc=f"{user}@{parts.netloc.rpartition('@')[2]}"))
