"""How Teams tells a bot: POSTs with a signed token, given up after fifteen seconds."""

import io
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

PATIENCE = 15.0  # seconds; Teams takes a turn that is longer for failed


@dataclass(frozen=True)
class Reply:
    """What the bot said: status (0 for none), body, seconds."""

    status: int
    body: Any
    seconds: float


class Sender:
    """To `url`."""

    def __init__(self) -> None:
        self.url = ""
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """One POST as it stands."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=PATIENCE)
            self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0))
        began = time.monotonic()
        try:
            async with self._session.post(self.url, data=io.BytesIO(body), headers=headers) as reply:
                text = await reply.text()
                return Reply(reply.status, _read(text), time.monotonic() - began)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Reply(0, "", time.monotonic() - began)

    async def activity(self, activity: Mapping[str, Any], token: str) -> Reply:
        """One activity; token "" = none."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return await self.post(
            json.dumps(activity).encode(), headers | ({"Authorization": f"Bearer {token}"} if token else {})
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
