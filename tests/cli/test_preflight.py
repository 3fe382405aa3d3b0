"""What the bot or a worker would refuse is told before anything is started."""

import pytest

from cli.preflight import preflight
from core.errors import SettingsError
from core.settings import Settings, SlackSettings, TeamsSettings

ID = "00000000-0000-0000-0000-00000000000a"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (Settings(slack=SlackSettings(bot_token="xoxb-1")), "SLACK_SIGNING_SECRET"),
        (Settings(teams=TeamsSettings(app_id=ID)), "MICROSOFT_APP_TENANT_ID"),
        (Settings(teams=TeamsSettings(app_type="None"), bind="0.0.0.0:8080"), "app_type"),
        (Settings(llm="nobody:nothing"), "llm"),
    ],
)
def test_a_platform_or_model_that_cannot_be_used_is_named_with_its_setting(settings, named):
    with pytest.raises(SettingsError, match=named):
        preflight(settings)


def test_what_can_be_used_is_let_through():
    preflight(Settings())
    preflight(Settings(slack=SlackSettings(bot_token="xoxb-1", signing_secret="s")))
