"""Slack's Web API as Daedap calls it: pooled, timed, and with failures that say whether anything may have happened."""

import asyncio
import random
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from core.errors import DaedapError, SettingsError, Transient
from core.settings import SlackSettings

TIMEOUT = 6.0  # seconds from sending a call to giving up on it
PATIENCE = 30.0  # seconds of Retry-After that a call waits out; more is told to the caller
READS = {"conversations.replies", "conversations.history"}  # GET; the others take JSON

# Slack's own trouble: whether the call was carried out is unknown
TROUBLE = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
LIMITED = {"ratelimited", "rate_limited", "message_limit_exceeded"}
LOCAL = ("127.0.0.1", "::1", "localhost")


class Refused(DaedapError):
    """Slack understood the call and said no: nothing happened, nor will when it is sent again. `code` is Slack's."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"Slack refuses {method}: {code}")
        self.code = code


class Limited(Transient):
    """Slack wants us to wait `after` seconds; nothing happened."""


class Unreached(Transient):
    """No connection to Slack: nothing happened."""


class Uncertain(Transient):
    """No usable reply came: the call may or may not have been carried out."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in the workspace: ids of team, user and bot."""

    team: str
    user: str
    bot: str


class SlackClient:
    """The bot's token and one pool of connections. Made anywhere, used on one event loop."""

    def __init__(self, settings: SlackSettings) -> None:
        if settings.bot_token is None:
            raise SettingsError("SLACK_BOT_TOKEN is not set: Slack cannot be called without it")
        self._settings, self._token = settings, settings.bot_token.get_secret_value()
        self._web: AsyncWebClient | None = None
        self._identity: asyncio.Task[Identity] | None = None

    @property
    def web(self) -> AsyncWebClient:
        """The SDK's client, without its own retries: those repeat a post whose reply was lost."""
        if self._web is None:
            session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
            token, url = self._token, self._settings.api_url
            self._web = AsyncWebClient(token=token, base_url=url, session=session, retry_handlers=[])
            if urlsplit(url).hostname in LOCAL:
                self._web.proxy = None  # the SDK would send even loopback through HTTP_PROXY
        return self._web

    async def call(self, method: str, *, patience: float = PATIENCE, **arguments: Any) -> dict[str, Any]:
        """Slack's reply. Waits out rate limits for `patience` seconds altogether.

        Raises Refused (a definite no), Limited or Unreached (nothing happened), Uncertain (it may have happened).
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        while True:
            try:
                return await self._once(method, given)
            except Limited as limit:
                patience -= limit.after
                if patience < 0:
                    raise
                await asyncio.sleep(limit.after * random.uniform(1, 1.2))  # noqa: S311 - jitter, not a secret

    async def identity(self) -> Identity:
        """auth.test, asked once and shared; a failure is asked again. Raises like `call`."""
        if self._identity is None or (self._identity.done() and self._failed(self._identity)):
            self._identity = asyncio.create_task(self._who())
        return await asyncio.shield(self._identity)  # one impatient caller must not cancel the others' answer

    async def close(self) -> None:
        """Let the connections go."""
        if self._identity is not None:
            self._identity.cancel()
        if self._web is not None and self._web.session is not None:
            await self._web.session.close()
        self._web = self._identity = None

    async def _who(self) -> Identity:
        reply = await self.call("auth.test", patience=0)
        return Identity(reply["team_id"], reply["user_id"], reply["bot_id"])

    @staticmethod
    def _failed(task: "asyncio.Task[Identity]") -> bool:
        return task.cancelled() or task.exception() is not None

    async def _once(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        reads = method in READS
        how: dict[str, Any] = {"http_verb": "GET", "params": arguments} if reads else {"json": arguments}
        try:
            reply = await self.web.api_call(method, **how)
        except SlackApiError as error:
            raise _named(method, error) from error
        except aiohttp.ClientConnectorError as error:
            raise Unreached(f"Slack cannot be reached for {method} ({type(error).__name__})") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Uncertain(f"Slack did not answer {method} ({type(error).__name__})") from error
        return dict(reply.data) if isinstance(reply.data, dict) else {}


def _named(method: str, error: SlackApiError) -> DaedapError:
    status = getattr(error.response, "status_code", 0)  # 0: a reply that is no JSON
    data = getattr(error.response, "data", None)
    code = str(data.get("error") or "") if isinstance(data, dict) else ""
    if status == 429 or code in LIMITED:
        return Limited(f"Slack limits the rate of {method}", after=_retry_after(error))
    if status != 200 or not code or code in TROUBLE:
        return Uncertain(f"Slack is in trouble with {method} (status {status}, {code or 'no reason given'})")
    return Refused(method, code)


def _retry_after(error: SlackApiError) -> float:
    headers = {str(name).lower(): value for name, value in dict(error.response.headers).items()}
    try:
        return min(max(float(headers["retry-after"]), 0.1), 600.0)
    except (KeyError, ValueError):
        return 1.0
