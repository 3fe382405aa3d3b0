"""The door: whose requests come in, and in which shape."""

import structlog
from aiohttp import web

from bot.payload import read_body
from bot.teams.activity import Activity, read
from bot.teams.verify import CHANNEL, NotTeams, verify
from core.settings import TeamsSettings
from platforms.teams.keys import Keys
from platforms.teams.service import allowed

log = structlog.get_logger()

LARGEST = 1_000_000  # bytes of a body; Teams' own messages end at 100 KB


class Door:
    """Keeps Microsoft's keys. `open` and `close` on one event loop."""

    def __init__(self, settings: TeamsSettings) -> None:
        self._settings, self._keys = settings, Keys(settings)

    def open(self) -> None:
        """Fetch the keys, so that the first message need not wait for them."""
        if self._settings.app_type != "None":
            self._keys.refresh()

    async def close(self) -> None:
        """Stop fetching."""
        await self._keys.close()

    async def receive(self, request: web.Request) -> Activity:
        """What Teams sent. Raises NotTeams, Malformed, and aiohttp's 403, 408, 413 and 415."""
        service = await verify(request, self._keys, self._settings)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType  # what a web page may send anywhere is of another type
        activity = read(await read_body(request, largest=LARGEST))
        # Our token goes where the activity says: the signer must have said so, too, and it must be a place of Teams'.
        if activity.channel_id != CHANNEL or (service and activity.service_url != service):
            raise NotTeams("the token was given for another channel or service url")
        if not allowed(activity.service_url, self._settings):
            log.warning("teams.foreign_service", url=activity.service_url[:200])
            raise web.HTTPForbidden
        return activity
