"""Teams in the bot as a whole: on when it is set, and not even imported when it is not."""

import subprocess
import sys

import aiohttp
import pytest
from aiohttp import web

from bot.app import application
from core.errors import SettingsError
from core.settings import Settings, TeamsSettings
from tests.house import ROOT
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import APP_ID


async def serve(settings: Settings) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(application(settings), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def test_the_bot_hears_teams_where_it_is_set(teams: TeamsStandIn, redis_url: str) -> None:
    runner, url = await serve(Settings(teams=teams.settings, redis_url=redis_url))
    teams.bot_url = f"{url}/api/messages"
    sent = await teams.personal("mina", "question")
    assert sent.statuses == [200]
    assert len(teams.visible("a:1mina")) == 1
    await runner.cleanup()


async def test_a_bot_without_teams_has_no_door_for_it(redis_url: str) -> None:
    runner, url = await serve(Settings(redis_url=redis_url))
    async with aiohttp.ClientSession() as session, session.post(f"{url}/api/messages", json={}) as reply:
        assert reply.status in (404, 405)
    await runner.cleanup()


def test_settings_that_cannot_work_are_refused_before_anything_listens(redis_url: str) -> None:
    with pytest.raises(SettingsError, match="MICROSOFT_APP_PASSWORD"):
        application(Settings(teams=TeamsSettings(app_id=APP_ID, app_tenant_id="x"), redis_url=redis_url))
    with pytest.raises(SettingsError, match="app_type"):
        application(Settings(teams=TeamsSettings(app_type="None"), bind="0.0.0.0:8080", redis_url=redis_url))


@pytest.mark.parametrize("module", ["bot.app", "workers.runtime", "cli.main"])
def test_who_has_no_teams_does_not_pay_for_microsofts_sdk(module: str) -> None:
    code = f"import sys, {module}; print(*{{'botbuilder', 'botframework', 'msal', 'msrest', 'jwt'}} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
