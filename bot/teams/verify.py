"""The check in front: is this Teams, for us, now? Nothing of the body is read before the token holds."""

import re

import jwt
from aiohttp import web

from core.settings import TeamsSettings
from platforms.teams.keys import Keys

CHANNEL = "msteams"
LEEWAY = 300  # seconds that two clocks may differ
_BEARER = re.compile(r"Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.ASCII)
_HERE = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?")
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


class NotTeams(Exception):
    """Not signed by Teams, not for this bot, or not now: 401."""


async def verify(request: web.Request, keys: Keys, settings: TeamsSettings) -> str:
    """The service url that the caller may name; "" = any of this machine, where nothing is checked. Raises NotTeams."""
    if settings.app_type == "None":
        return _local(request)
    bearer = _BEARER.fullmatch(request.headers.get("Authorization", ""))  # aiohttp takes no header over 8 kB
    if bearer is None:
        raise NotTeams("no usable Authorization header")
    try:
        return await _vouched(bearer[1], keys, settings)
    except NotTeams:
        raise
    except Exception as error:  # whatever a stranger's token does to a parser, it is a stranger's token
        raise NotTeams(f"the token does not hold ({type(error).__name__})") from error


async def _vouched(token: str, keys: Keys, settings: TeamsSettings) -> str:
    header = jwt.get_unverified_header(token)
    if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
        raise NotTeams("not signed as Microsoft signs")
    key = await keys.find(header["kid"])
    if key is None or CHANNEL not in key.channels:
        raise NotTeams("signed with a key that Microsoft does not list for Teams")
    claims = jwt.decode(
        token,
        key.public,
        algorithms=["RS256"],
        audience=settings.app_id,
        issuer=settings.issuer,
        leeway=LEEWAY,
        options={"require": ["exp", "nbf", "iss", "aud"], "strict_aud": True},
    )
    service = claims.get("serviceurl")
    if not isinstance(service, str) or not service:
        raise NotTeams("the token names no service url")
    return service


def _local(request: web.Request) -> str:
    """No token is asked for: only this machine may come, by its own name (DNS rebinding) and not through a tunnel."""
    if any(name in request.headers for name in _FORWARDED) or not _HERE.fullmatch(request.host.lower()):
        raise NotTeams("without authentication only this machine is heard, and not through a proxy or tunnel")
    return ""
