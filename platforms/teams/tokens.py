"""The bot's own token: asked for once for all calls, kept, and renewed before it ends."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp

from core.errors import DaedapError, SettingsError
from core.settings import TeamsSettings
from platforms.teams.errors import Refused, Unreached
from platforms.teams.service import connections

TIMEOUT = 4.0  # seconds for a token; a turn of Teams ends after 15
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
EARLY = 300.0  # seconds before its end in which a token is renewed behind the calls that still use it


@dataclass(frozen=True, slots=True)
class Token:
    """`ends` by this process' monotonic clock."""

    value: str
    ends: float
    renew: float


class Tokens:
    """`get` gives a token that is good now; nothing blocks the loop, and many callers make one request."""

    def __init__(self, ask: Callable[[], Awaitable[tuple[str, float]]]) -> None:
        self._ask = ask
        self._token: Token | None = None
        self._asking: asyncio.Task[Token] | None = None

    async def get(self) -> str:
        """Raises Refused for a wrong id or secret, Unreached when no token can be had now."""
        now, token = time.monotonic(), self._token
        if token is None or now >= token.ends:
            return (await asyncio.shield(self._ahead())).value
        if now >= token.renew:
            self._ahead().add_done_callback(_seen)
        return token.value

    def drop(self, value: str) -> None:
        """It was refused: ask for another one, unless that has happened already."""
        if self._token is not None and self._token.value == value:
            self._token = None

    async def close(self) -> None:
        """Stop asking."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _ahead(self) -> "asyncio.Task[Token]":
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._renewed())
        return self._asking

    async def _renewed(self) -> Token:
        value, seconds = await self._ask()
        now = time.monotonic()
        self._token = Token(value, now + seconds - min(30.0, seconds / 10), now + seconds - min(EARLY, seconds / 2))
        return self._token


def tokens_for(settings: TeamsSettings) -> Tokens | None:
    """How this app proves who it is, None when it does not; raises SettingsError for what is missing."""
    if settings.app_type == "None":
        return None
    wanted = {"MICROSOFT_APP_ID": settings.app_id, "MICROSOFT_APP_TENANT_ID": settings.app_tenant_id}
    if settings.app_type == "SingleTenant":
        wanted["MICROSOFT_APP_PASSWORD"] = settings.app_password.get_secret_value() if settings.app_password else ""
    missing = [name for name, value in wanted.items() if not value]
    if missing:
        raise SettingsError(
            f"{' and '.join(missing)} not set: an app of type {settings.app_type} needs it. Copy it from the bot's "
            "Configuration in Azure, or unset MICROSOFT_APP_ID to leave Teams off."
        )
    for name in ("MICROSOFT_APP_ID", "MICROSOFT_APP_TENANT_ID"):
        if not _ID.fullmatch(wanted[name]):  # Teams names apps and tenants by these, and only equal ones are let in
            raise SettingsError(
                f"{name} = {wanted[name]!r}: needs an id like 0a1b2c3d-0000-0000-0000-000000000000 in small letters, not a "
                "name or domain. Copy it from the bot's Configuration in Azure."
            )
    return Tokens(partial(_by_secret if settings.app_type == "SingleTenant" else _by_identity, settings))


async def _by_secret(settings: TeamsSettings) -> tuple[str, float]:
    """The client credentials grant of Microsoft Entra; msal would block the loop."""
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.app_id,
        "client_secret": settings.app_password.get_secret_value() if settings.app_password else "",
        "scope": f"{settings.scope}/.default",
    }
    url = f"{settings.login_url}/{settings.app_tenant_id}/oauth2/v2.0/token"
    try:
        async with (
            connections(settings, timeout=TIMEOUT) as session,
            session.post(url, data=form, allow_redirects=False) as reply,
        ):
            return _granted(await reply.json(content_type=None), reply.status)
    except (aiohttp.ClientError, OSError, ValueError, TimeoutError) as error:
        raise Unreached(f"no token for Teams: {settings.login_url} does not answer ({type(error).__name__})") from error


async def _by_identity(settings: TeamsSettings) -> tuple[str, float]:
    """Azure gives it to the machine; which door to knock at differs from service to service, and msal knows them."""
    import msal  # noqa: PLC0415 - not paid for by who needs no managed identity
    import requests  # noqa: PLC0415

    def ask() -> Any:
        web = requests.Session()
        web.request = partial(web.request, timeout=TIMEOUT)  # type: ignore[method-assign]
        identity = msal.UserAssignedManagedIdentity(client_id=settings.app_id)
        return msal.ManagedIdentityClient(identity, http_client=web).acquire_token_for_client(resource=settings.scope)

    try:
        async with asyncio.timeout(TIMEOUT):
            return _granted(await asyncio.to_thread(ask), 0)
    except (msal.ManagedIdentityError, requests.RequestException, OSError, ValueError, TimeoutError) as error:
        raise Unreached(f"no token for Teams: no managed identity answers ({type(error).__name__})") from error


def _granted(reply: Any, status: int) -> tuple[str, float]:
    if not isinstance(reply, dict):
        raise Unreached("no token for Teams: the reply is no object")
    if "access_token" in reply:
        return str(reply["access_token"]), float(reply.get("expires_in") or 3600)
    code = str(reply.get("error") or "no reason given")
    if status in (400, 401, 403):
        raise Refused(code, status)
    raise Unreached(f"no token for Teams: {code} (status {status})")


def _seen(task: "asyncio.Task[Token]") -> None:
    """A renewal that fails is tried again by the next call, which still has a good token."""
    if not task.cancelled() and not isinstance(task.exception(), DaedapError | None):
        task.result()
