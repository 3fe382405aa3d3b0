"""What somebody has to set right at a platform, for /readyz and `daedap doctor`: kept in Redis, asked of it as seldom as possible."""

from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.health import troubled


class Trouble:
    """One platform's, "" when it takes what we say."""

    def __init__(self, redis: Redis, platform: str) -> None:
        self._redis, self._platform = redis, platform
        self._known: str | None = None  # to this process; None: not yet

    async def met(self, code: str) -> None:
        """It refuses everything, for this reason."""
        with suppress(RedisError):
            await troubled(self._redis, self._platform, code)
            self._known = code

    async def well(self) -> None:
        """It took an answer."""
        if self._known != "":
            await self.met("")
