"""Whom we speak with at Microsoft: the hosts that may have the bot's token, and the connections to them."""

import re
from urllib.parse import urlsplit

import aiohttp

from core.settings import TeamsSettings

LOCAL = ("127.0.0.1", "localhost", "[::1]")
CONNECTING = 3.0  # seconds for a connection; until it stands nothing can have happened
# No user, query or fragment, no backslash or brace: nothing that two parsers could read differently.
_URL = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[::1\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~%-]*)*", re.ASCII)


def allowed(url: str, settings: TeamsSettings) -> bool:
    """Whether a service url is one of Teams'; without checks (app_type None) one of this machine's, and no other."""
    if len(url) > 500 or not _URL.fullmatch(url):
        return False
    parts = urlsplit(url)
    host = parts.netloc.rpartition(":")[0] if re.search(r":\d+$", parts.netloc) else parts.netloc
    host = host.lower()
    if settings.app_type == "None":
        return host in LOCAL
    known = any(host == one or (one.startswith(".") and host.endswith(one)) for one in settings.service_hosts)
    return known and (host in LOCAL or (parts.scheme == "https" and host == parts.netloc.lower()))


def connections(settings: TeamsSettings, *, timeout: float) -> aiohttp.ClientSession:
    """A pool whose every call ends within `timeout` seconds. A proxy of the environment is used, except on this machine."""
    local = settings.app_type == "None" or any(host in LOCAL for host in settings.service_hosts)
    within = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECTING)
    return aiohttp.ClientSession(timeout=within, trust_env=not local)
