"""Teams at the bot: one route, and the ways a delivery can end."""

import structlog
from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.intake import Intake
from bot.teams.activities import Activities
from bot.teams.activity import Activity, Malformed
from bot.teams.door import Door
from bot.teams.verify import NotTeams
from core.errors import SettingsError, Transient
from core.settings import Settings
from platforms.teams.connector import Connector, Refused

log = structlog.get_logger()

PATIENCE = 8.0  # seconds for one call to Teams; with a token it must fit into a turn of 15


class TeamsApp:
    """Hears Teams. `routes` before the application starts; `start` and `stop` on its event loop."""

    def __init__(self, settings: Settings, intake: Intake, redis: Redis) -> None:
        self._settings = settings.teams
        self._connector = Connector(settings.teams, timeout=PATIENCE)
        self._door = Door(settings.teams)
        self._activities = Activities(intake, redis, self._connector)

    def routes(self) -> list[web.AbstractRouteDef]:
        """Everything comes to one address."""
        return [web.post("/api/messages", self.hear)]

    async def start(self) -> None:
        """Check the app's secret. Raises SettingsError for a refused one; Microsoft being down is no error."""
        self._door.open()
        try:
            await self._connector.introduce()
            log.info("teams.on", app=self._settings.app_id, type=self._settings.app_type)
        except Refused as no:
            await self.stop()
            raise SettingsError(
                f"MICROSOFT_APP_PASSWORD: Microsoft refuses it for this app and tenant ({no.code}). "
                "Make a new client secret, and compare MICROSOFT_APP_ID and MICROSOFT_APP_TENANT_ID."
            ) from None
        except Transient as error:
            log.warning("teams.unreachable", reason=str(error))

    async def stop(self) -> None:
        """Finish what was begun, and close the connections."""
        await self._activities.close()
        await self._door.close()
        await self._connector.close()

    async def hear(self, request: web.Request) -> web.Response:
        """One delivery: 401 or 400 for what is not Teams', 503 for what was not admitted."""
        try:
            activity = await self._door.receive(request)
            return await self._answered(activity)
        except NotTeams as reason:
            log.warning("teams.refused", reason=str(reason), remote=request.remote)
            return web.Response(status=401)
        except Malformed as reason:
            log.warning("teams.malformed", reason=str(reason))
            return web.Response(status=400)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("teams.not_admitted", reason=type(error).__name__)
            return web.Response(status=503)

    async def _answered(self, activity: Activity) -> web.Response:
        home = self._settings.app_tenant_id
        tenants = activity.tenants
        if home and any(tenant != home for tenant in tenants):
            log.warning("teams.foreign_tenant", tenants=tenants)
            return web.Response()
        status = await self._activities.hear(activity, next(iter(tenants), home or "local"))
        if activity.type == "invoke" and status == 200:
            return web.json_response({})
        return web.Response(status=status)


def teams_app(settings: Settings, intake: Intake, redis: Redis) -> TeamsApp:
    """Teams' half of the bot; raises SettingsError for settings that cannot work."""
    if settings.teams.app_type == "None" and not settings.loopback:
        raise SettingsError(
            f'teams.app_type = "None" checks nobody, so that it needs bind on 127.0.0.1, but bind is {settings.bind}. '
            "Set teams.app_type to SingleTenant with the app's id, password and tenant, or bind to 127.0.0.1."
        )
    return TeamsApp(settings, intake, redis)
