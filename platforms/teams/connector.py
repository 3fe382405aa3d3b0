"""Teams' connector service as Daedap calls it: pooled, timed, and with failures that say whether anything may have happened."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from yarl import URL

from core.errors import DaedapError
from core.registry import load
from core.settings import TeamsSettings
from platforms.teams.errors import Limited as Limited
from platforms.teams.errors import Refused as Refused
from platforms.teams.errors import Uncertain as Uncertain
from platforms.teams.errors import Unreached as Unreached
from platforms.teams.service import allowed, connections
from platforms.teams.tokens import tokens_for

TIMEOUT = 10.0  # seconds from sending a call to giving up on it
# Imported where a connector is made: 19 MB of a worker that a process without Teams does not pay.
ADAPTERS = {"botbuilder": "platforms.teams.adapter:Adapter"}


class Connector:
    """Says, replaces and takes back messages by conversation reference. Made anywhere, used on one event loop.

    References and activities are JSON as on the wire. Every method raises Refused, Limited or Unreached when nothing
    happened, Uncertain when it may have: a message is never sent twice from here, for Teams cannot be asked whether it came.
    Raises SettingsError for settings without which nobody can speak.
    """

    def __init__(self, settings: TeamsSettings, *, timeout: float = TIMEOUT) -> None:
        self._settings, self._timeout = settings, timeout
        self._tokens = tokens_for(settings)
        self._session: aiohttp.ClientSession | None = None
        self._adapter = load("teams", "botbuilder", ADAPTERS)(self._exchange)

    async def introduce(self) -> None:
        """Get a token, so that the first call need not. Raises Refused and Unreached."""
        if self._tokens is not None:
            await self._tokens.get()

    async def send(self, reference: dict[str, Any], activity: dict[str, Any]) -> str:
        """A new message in reply to the referenced one; its id."""
        name = await self._adapter.say(reference, activity)
        if not name:
            raise Uncertain("Teams took a message without giving its id")
        return str(name)

    async def update(self, reference: dict[str, Any], name: str, activity: dict[str, Any]) -> None:
        """The message `name` becomes this one; the same again changes nothing."""
        await self._adapter.replace(reference, name, activity)

    async def delete(self, reference: dict[str, Any], name: str) -> None:
        """The message `name` goes; Refused when it is gone already."""
        await self._adapter.take_back(reference, name)

    async def close(self) -> None:
        """Let the connections go."""
        if self._tokens is not None:
            await self._tokens.close()
        if self._session is not None:
            await self._session.close()
        self._session = None

    async def _exchange(self, method: str, url: str, *, headers: Mapping[str, str], body: str | None) -> dict[str, Any]:
        """One call. A token that is refused is replaced once: with a 401 nothing happened."""
        if not allowed(url, self._settings):
            raise Refused("ForeignService", 0)
        token = await self._tokens.get() if self._tokens else ""
        try:
            return await self._once(method, url, headers=_signed(headers, token), body=body)
        except Refused as no:
            if no.status != 401 or self._tokens is None:
                raise
            self._tokens.drop(token)
        return await self._once(method, url, headers=_signed(headers, await self._tokens.get()), body=body)

    async def _once(self, method: str, url: str, *, headers: Mapping[str, str], body: str | None) -> dict[str, Any]:
        if self._session is None:
            self._session = connections(self._settings, timeout=self._timeout)
        try:
            # A redirect is not followed: the token stays with who was allowed to have it.
            where = URL(url, encoded=True)
            async with self._session.request(method, where, data=body, headers=headers, allow_redirects=False) as reply:
                content = await reply.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise Unreached(f"Teams cannot be reached ({type(error).__name__})") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Uncertain(f"Teams did not answer {method} ({type(error).__name__})") from error
        found = _object(content)
        if not 200 <= reply.status < 300:
            raise _named(reply.status, found, reply.headers.get("Retry-After", ""))
        return found


def _signed(headers: Mapping[str, str], token: str) -> dict[str, str]:
    return {**headers, "Authorization": f"Bearer {token}"} if token else dict(headers)


def _named(status: int, reply: dict[str, Any], retry_after: str) -> DaedapError:
    error = reply.get("error")
    code = str((error.get("code") if isinstance(error, dict) else error) or reply.get("message") or "no reason given")
    if status in (412, 429):  # 412: two calls to one conversation at once
        return Limited(f"Teams limits the rate ({status})", after=_seconds(retry_after))
    if status >= 500 or status == 408:
        return Uncertain(f"Teams is in trouble (status {status}, {code})")
    return Refused(code, status)


def _seconds(retry_after: str) -> float:
    try:
        return min(max(float(retry_after), 0.1), 600.0)
    except ValueError:
        return 1.0


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
