"""What `daedap doctor` says of Teams: really asked, both ways."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from cli.chats import teams as examine
from cli.doctor import EXAMINATIONS
from core.errors import SettingsError, Transient
from core.settings import Settings, TeamsSettings
from tests.conftest import free_port
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import APP_ID


@pytest.fixture
async def microsoft() -> AsyncIterator[TeamsStandIn]:
    async with TeamsStandIn() as standin:
        yield standin


def given(microsoft: TeamsStandIn, **more: Any) -> Settings:
    return Settings(teams=TeamsSettings(**microsoft.given | more))


async def test_without_an_app_teams_is_off() -> None:
    assert await examine(Settings()) == ("off", "MICROSOFT_APP_ID is not set")


async def test_a_token_and_the_keys_are_really_asked_for(microsoft: TeamsStandIn) -> None:
    state, text = await examine(given(microsoft))
    assert (state, APP_ID in text, "1 keys" in text) == ("ok", True, True)
    assert (microsoft.issuer.asked["token"], microsoft.issuer.asked["keys"]) == (1, 1)


async def test_a_wrong_secret_is_told_without_the_secret(microsoft: TeamsStandIn) -> None:
    state, text = await examine(given(microsoft, app_password="not-the-one"))
    assert (state, "invalid_client" in text, "not-the-one" in text) == ("bad", True, False)


async def test_what_is_missing_or_unreachable_is_an_error_that_doctor_shows(microsoft: TeamsStandIn) -> None:
    with pytest.raises(SettingsError, match="MICROSOFT_APP_PASSWORD"):
        await examine(given(microsoft, app_password=None))
    for address in ("login_url", "openid_url"):
        with pytest.raises(Transient, match=r"127\.0\.0\.1"):
            await examine(given(microsoft, **{address: f"http://127.0.0.1:{free_port()}"}))


@pytest.mark.parametrize(("bind", "state"), [("127.0.0.1:8080", "ok"), ("0.0.0.0:8080", "bad")])
async def test_without_authentication_only_this_machine_is_well(bind: str, state: str) -> None:
    assert (await examine(Settings(teams=TeamsSettings(app_type="None"), bind=bind)))[0] == state


async def test_doctor_examines_teams(microsoft: TeamsStandIn) -> None:
    [examination] = [one for one in EXAMINATIONS if one.__name__ == "_teams"]
    finding = await examination(given(microsoft))
    assert (finding.what, finding.state) == ("teams", "ok")
