"""The Slack manifest is whole: keys, limits, addresses, a scope for every event and method that the code uses."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.settings import SlackSettings

ROOT = Path(__file__).parents[1]
HEARD_AT = "https://daedap.example.com/slack/events"

# docs.slack.dev/reference/app-manifest, version 2
KEYS: dict[str, Any] = {
    "_metadata": {"major_version", "minor_version"},
    "display_information": {"name", "description", "long_description", "background_color"},
    "features": {"app_home", "bot_user", "slash_commands"},
    "oauth_config": {"scopes"},
    "settings": {
        "event_subscriptions",
        "interactivity",
        "org_deploy_enabled",
        "socket_mode_enabled",
        "token_rotation_enabled",
    },
}
# docs.slack.dev/reference/events and /methods: what each needs of a bot token; {} = nothing
EVENTS = {
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
}
HISTORY = {"channels:history", "groups:history", "im:history", "mpim:history"}
METHODS: dict[str, set[str]] = {
    "apps.connections.open": set(),  # connections:write, of the app-level token
    "auth.test": set(),
    "chat.delete": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": HISTORY,
    "conversations.open": {"im:write"},
    "conversations.replies": HISTORY,
    "reactions.add": {"reactions:write"},
}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "deploy/slack/manifest.yaml").read_text(encoding="utf-8"))


def used_methods() -> set[str]:
    """Every Web API method named in what talks to Slack."""
    files = [*ROOT.glob("platforms/slack/*.py"), *ROOT.glob("bot/slack/*.py"), *ROOT.glob("workers/delivery/slack*.py")]
    families = "admin|api|apps|assistant|auth|bots|chat|conversations|files|pins|reactions|team|users|views"
    return {
        m
        for file in files
        for m in re.findall(rf'"((?:{families})(?:\.[a-zA-Z]+)+)"', file.read_text(encoding="utf-8"))
    }


def heard_events() -> set[str]:
    code = (ROOT / "bot/slack/listeners.py").read_text(encoding="utf-8")
    return set(re.findall(r'app\.event\("(\w+)"\)', code))


def heard_commands() -> set[str]:
    code = (ROOT / "bot/slack/listeners.py").read_text(encoding="utf-8")
    return set(re.findall(r'app\.command\("([^"]+)"\)', code))


def test_it_has_the_keys_that_slack_knows_and_no_others(manifest: dict[str, Any]) -> None:
    assert {name: set(part) for name, part in manifest.items()} == KEYS
    assert manifest["_metadata"]["major_version"] == 2
    assert set(manifest["features"]["app_home"]) == {
        "home_tab_enabled",
        "messages_tab_enabled",
        "messages_tab_read_only_enabled",
    }
    assert set(manifest["features"]["bot_user"]) == {"display_name", "always_online"}
    for command in manifest["features"]["slash_commands"]:
        assert set(command) == {"command", "url", "description", "usage_hint", "should_escape"}
    assert set(manifest["oauth_config"]["scopes"]) == {"bot"}
    assert set(manifest["settings"]["event_subscriptions"]) == {"request_url", "bot_events"}
    assert set(manifest["settings"]["interactivity"]) == {"is_enabled", "request_url"}


def test_its_texts_are_within_slacks_limits(manifest: dict[str, Any]) -> None:
    shown = manifest["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4_000
    assert re.fullmatch(r"#(?:[0-9a-fA-F]{3}){1,2}", shown["background_color"])
    assert len(manifest["features"]["bot_user"]["display_name"]) <= 80
    for command in manifest["features"]["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", command["command"])
        assert len(command["description"]) <= 2_000
        assert len(command["usage_hint"]) <= 1_000


def test_people_can_write_to_it_directly_and_press_its_buttons(manifest: dict[str, Any]) -> None:
    home = manifest["features"]["app_home"]
    assert (home["messages_tab_enabled"], home["messages_tab_read_only_enabled"]) == (True, False)
    assert manifest["settings"]["interactivity"]["is_enabled"] is True


def test_every_address_is_the_one_that_the_bot_listens_on(manifest: dict[str, Any]) -> None:
    settings, commands = manifest["settings"], manifest["features"]["slash_commands"]
    addresses = [settings["event_subscriptions"]["request_url"], settings["interactivity"]["request_url"]]
    assert {*addresses, *(command["url"] for command in commands)} == {HEARD_AT}
    assert 'web.post("/slack/events"' in (ROOT / "bot/slack/app.py").read_text(encoding="utf-8")


def test_what_it_subscribes_to_is_what_the_bot_listens_to(manifest: dict[str, Any]) -> None:
    subscribed = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert {event.partition(".")[0] for event in subscribed} == heard_events()
    assert set(subscribed) == set(EVENTS)
    assert {command["command"] for command in manifest["features"]["slash_commands"]} == heard_commands()


def test_it_asks_for_every_scope_that_is_needed_and_no_more(manifest: dict[str, Any]) -> None:
    methods = used_methods()
    assert methods == set(METHODS), "a method is used that this test does not know, or one is no longer used"
    needed = {"commands"}.union(*(EVENTS[event] for event in manifest["settings"]["event_subscriptions"]["bot_events"]))
    needed |= set().union(*(METHODS[method] for method in methods))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed
    assert manifest["oauth_config"]["scopes"]["bot"] == sorted(needed)


def test_socket_mode_is_off_as_the_settings_expect(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["socket_mode_enabled"] is (SlackSettings().app_token is not None)
    assert manifest["settings"]["token_rotation_enabled"] is False  # rotating tokens are not refreshed by Daedap
    assert manifest["settings"]["org_deploy_enabled"] is False
