"""Who may be spoken with: nobody else ever gets the bot's token."""

import pytest

from core.settings import TeamsSettings
from platforms.teams.connector import Connector, Refused
from platforms.teams.service import allowed
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import GENERAL

TEAMS = TeamsSettings(app_id="x")
NOBODY = TeamsSettings(app_type="None")

GOOD = [
    "https://smba.trafficmanager.net/kr/",
    "https://smba.trafficmanager.net/kr/7e0a3b1c-1111-4222-8333-000000000001/",
    "https://SMBA.trafficmanager.net",
    "https://smba.infra.gcc.teams.microsoft.com/teams/",
]
BAD = [
    "",
    "https://evil.example/",
    "http://smba.trafficmanager.net/kr/",
    "https://smba.trafficmanager.net.evil.example/kr/",
    "https://evilsmba.trafficmanager.net/",
    "https://evil.example/smba.trafficmanager.net/",
    "https://evil.example#smba.trafficmanager.net/",
    "https://evil.example?smba.trafficmanager.net/",
    "https://smba.trafficmanager.net@evil.example/",
    "https://smba.trafficmanager.net:8443/",
    "https://user:pw@smba.trafficmanager.net/",
    "https://smba.trafficmanager.net\\@evil.example/",
    "https://evil.example\\.teams.microsoft.com/",
    "https://teams.microsoft.com.evil.example/",
    "https://evilteams.microsoft.com/",
    "https://smba.trafficmanager.net/{conversationId}/",
    " https://smba.trafficmanager.net/",
    "https://smba.trafficmanager.net/\n",
    "https://smba.trafficmanager.net/kr/?x=1",
    "//smba.trafficmanager.net/",
    "ftp://smba.trafficmanager.net/",
    "file:///etc/passwd",
    "https://ѕmba.trafficmanager.net/",
    "http://127.0.0.1:1/",
    "http://169.254.169.254/",
    "https://smba.trafficmanager.net/" + "a" * 600,
]


@pytest.mark.parametrize("url", GOOD)
def test_teams_own_hosts_may_have_the_token(url: str) -> None:
    assert allowed(url, TEAMS)
    assert not allowed(url, NOBODY)


@pytest.mark.parametrize("url", BAD)
def test_nobody_else_may(url: str) -> None:
    assert not allowed(url, TEAMS)


@pytest.mark.parametrize("url", ["http://127.0.0.1:56150/_connector", "http://localhost:3978/", "http://[::1]:1/x"])
def test_without_checks_only_this_machine_is_spoken_with(url: str) -> None:
    assert allowed(url, NOBODY)
    assert not allowed(
        url.replace("127.0.0.1", "10.0.0.1").replace("localhost", "evil").replace("[::1]", "[::2]"), NOBODY
    )


async def test_a_reference_that_was_tampered_with_is_not_followed(teams: TeamsStandIn, connector: Connector) -> None:
    reference = teams.reference(teams.draft("mina", GENERAL, "x")) | {"serviceUrl": "https://evil.example/"}
    for call in (connector.send(reference, {"type": "message", "text": "x"}), connector.delete(reference, "1")):
        with pytest.raises(Refused) as no:
            await call
        assert no.value.code == "ForeignService"
    assert teams.issuer.asked["token"] == 0


async def test_a_redirect_is_not_followed(teams: TeamsStandIn, connector: Connector) -> None:
    for status in (301, 302, 307, 308):
        teams.faults.script("send", f"error:Found:{status}")
        with pytest.raises(Refused):
            await connector.send(teams.reference(teams.draft("mina", GENERAL, "x")), {"type": "message", "text": "x"})
    assert (teams.service.strayed, len(teams.service.calls)) == ([], 4)
