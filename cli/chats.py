"""Whether Slack and Teams take what the settings say, for `daedap doctor`."""

from core.settings import Settings
from platforms.slack.client import Refused as SlackRefused
from platforms.slack.client import SlackClient
from platforms.teams.connector import Connector, Refused
from platforms.teams.keys import fetched

Found = tuple[str, str]  # ok, off (not configured) or bad; what was found, or what to do


async def slack(settings: Settings) -> Found:
    """Raises Transient when Slack cannot be asked."""
    if not settings.slack.on:
        return "off", "SLACK_BOT_TOKEN is not set"
    client = SlackClient(settings.slack)
    try:
        identity = await client.identity()
    except SlackRefused as no:
        return "bad", f"SLACK_BOT_TOKEN: Slack refuses it ({no.code})"
    finally:
        await client.close()
    return "ok", f"team {identity.team}"


async def teams(settings: Settings) -> Found:
    """Both directions: a token for what we say, and the keys for what we hear. Raises SettingsError and Transient."""
    if not settings.teams.on:
        return "off", "MICROSOFT_APP_ID is not set"
    if settings.teams.app_type == "None":
        if not settings.loopback:
            return "bad", f'teams.app_type = "None" checks nobody: bind to 127.0.0.1 instead of {settings.bind}'
        return "ok", "without authentication, for this machine only"
    connector = Connector(settings.teams)
    try:
        await connector.introduce()
        keys = await fetched(settings.teams)
    except Refused as no:
        return "bad", f"MICROSOFT_APP_PASSWORD: Microsoft refuses it for this app and tenant ({no.code})"
    finally:
        await connector.close()
    signing = sum("msteams" in key.channels for key in keys.values())
    return "ok", f"app {settings.teams.app_id}, {settings.teams.app_type}; {signing} keys of Microsoft's sign for Teams"
