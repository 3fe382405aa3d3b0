"""Short replies that the bot gives itself, within the turn: help, a greeting, what a command has to say."""

import asyncio
from typing import Any

import structlog
from redis.asyncio import Redis

from core import keys
from core.errors import Transient
from core.ledger import KEPT
from platforms.teams.connector import Connector, Limited, Refused

log = structlog.get_logger()

PATIENCE = 3.0  # seconds of waiting that fit into a turn


class Replies:
    """Each once for a message, however often that is delivered."""

    def __init__(self, redis: Redis, connector: Connector) -> None:
        self._redis, self._connector = redis, connector

    async def first(self, room: str, message: str) -> bool:
        """Whether this is the first delivery that is replied to. Raises redis' errors."""
        return bool(await self._redis.set(keys.replied(room, message), "1", nx=True, ex=KEPT))

    async def say(self, reference: dict[str, Any], text: str) -> bool:
        """Say it; what fails (False) is logged, for nobody could repeat it without maybe saying it twice."""
        shown = {"type": "message", "textFormat": "markdown", "text": text}
        try:
            await self._once_more(reference, shown)
        except (Refused, Transient) as error:
            log.warning("teams.not_replied", kind=type(error).__name__, reason=str(error))
            return False
        return True

    async def _once_more(self, reference: dict[str, Any], shown: dict[str, Any]) -> None:
        try:
            await self._connector.send(reference, shown)
        except Limited as limit:
            if limit.after > PATIENCE:
                raise
            await asyncio.sleep(limit.after)
            await self._connector.send(reference, shown)
