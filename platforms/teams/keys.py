"""Microsoft's keys, with which what comes from Teams is signed: kept for a day, asked for seldom, never in anybody's way."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import aiohttp
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWTError
from jwt.algorithms import RSAAlgorithm

from core.settings import TeamsSettings
from platforms.teams.errors import Unreached
from platforms.teams.service import connections

log = structlog.get_logger()

TIMEOUT = 5.0  # seconds for both documents
KEPT = 24 * 3600.0  # seconds; Microsoft: "refresh at least once a day"
AGAIN = 300.0  # seconds between two fetches because of a key that is not known: anybody can name one
RETRY = 10.0  # seconds until the next try when a fetch failed
SMALLEST = 2048  # bits


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the channels whose activities may be signed with it."""

    public: RSAPublicKey
    channels: frozenset[str]


class Keys:
    """By key id. One fetch at a time, whoever asks."""

    def __init__(self, settings: TeamsSettings) -> None:
        self._settings = settings
        self._keys: Mapping[str, Key] = {}
        self._stale, self._next = 0.0, 0.0  # by this process' monotonic clock
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> Key | None:
        """The key, None when Microsoft does not list it or cannot be asked. Old keys serve while new ones are fetched."""
        found = self._keys.get(kid)
        if found is None:
            await asyncio.shield(self.refresh())
            return self._keys.get(kid)
        if monotonic() > self._stale:
            self.refresh()
        return found

    def refresh(self) -> "asyncio.Task[None]":
        """A fetch, unless one is under way or was a short while ago."""
        if self._fetching is None or (self._fetching.done() and monotonic() >= self._next):
            self._next = monotonic() + AGAIN
            self._fetching = asyncio.create_task(self._fetch())
        return self._fetching

    async def close(self) -> None:
        """Stop fetching."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    async def _fetch(self) -> None:
        try:
            self._keys = await fetched(self._settings)
        except Unreached as error:
            self._next = monotonic() + RETRY
            log.warning("teams.keys_unreachable", reason=str(error))
            return
        self._stale = monotonic() + KEPT
        log.info("teams.keys", count=len(self._keys))


async def fetched(settings: TeamsSettings) -> Mapping[str, Key]:
    """What Microsoft lists now; raises Unreached when no usable key can be had."""
    try:
        async with connections(settings, timeout=TIMEOUT) as session:
            metadata = await _json(session, settings.openid_url)
            listed = await _json(session, str(metadata.get("jwks_uri")))
        found = dict(pair for entry in listed["keys"] if (pair := _key(entry)))
    except (aiohttp.ClientError, OSError, ValueError, LookupError, TypeError, TimeoutError) as error:
        raise Unreached(f"no keys of Microsoft's from {settings.openid_url} ({type(error).__name__})") from error
    if not found:
        raise Unreached(f"{settings.openid_url} leads to no usable key")
    return found


async def _json(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with session.get(url, raise_for_status=True) as reply:
        found = json.loads(await reply.read())
    if not isinstance(found, dict):
        raise ValueError(f"{url} gives no object")  # noqa: TRY004 - the reply is wrong, not the caller
    return found


def _key(entry: Any) -> tuple[str, Key] | None:
    """One entry of the list, None for what is no RSA key for signatures."""
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str):
        return None
    try:
        public = RSAAlgorithm.from_jwk({name: entry.get(name) for name in ("kty", "n", "e")})
    except (PyJWTError, ValueError, TypeError):
        return None
    if not isinstance(public, RSAPublicKey) or public.key_size < SMALLEST or entry.get("use", "sig") != "sig":
        return None
    channels = entry.get("endorsements")
    return entry["kid"], Key(public, frozenset(map(str, channels)) if isinstance(channels, list) else frozenset())
