"""The bodies that Slack sends."""

import itertools
import time
from typing import Any

from tests.platforms.slack.world import APP, BOT_USER, TEAM, Message, World

_numbers = itertools.count(1)
NEVER = "http://127.0.0.1:9/never-called"  # the response_url; nobody calls it (A20)


def outer(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The outer body of an event, with an id of its own."""
    body: dict[str, Any] = {
        "type": "event_callback",
        "token": "unused",
        "team_id": TEAM,
        "api_app_id": APP,
        "event": event,
    }
    body |= {"event_id": f"Ev{next(_numbers):09d}", "event_time": int(time.time()), "is_ext_shared_channel": False}
    seen_by = {"team_id": TEAM, "enterprise_id": None, "user_id": BOT_USER, "is_bot": True}
    return body | {"authorizations": [seen_by]} | more


def said(kind: str, message: Message, world: World) -> dict[str, Any]:
    """A message, as `app_mention` or `message`."""
    event = message.shown() | {"type": kind, "channel": message.channel, "event_ts": message.ts, "team": TEAM}
    if not message.bot:
        event["client_msg_id"] = f"gesture-{message.channel}-{message.ts}"
    if kind == "message":
        event["channel_type"] = world.channels[message.channel].kind
    return event


def changed(change: str, message: Message, world: World) -> dict[str, Any]:
    """`message_changed` or `message_deleted`; a deleted message with replies becomes a tombstone (slack-edge #10)."""
    channel = world.channels[message.channel]
    event: dict[str, Any] = {"type": "message", "hidden": True, "channel": channel.id}
    event |= {"channel_type": channel.kind, "ts": world.stamp(), "event_ts": world.stamp()}
    was = message.shown() | ({} if message.bot else {"client_msg_id": f"gesture-{message.channel}-{message.ts}"})
    if change == "message_changed":
        inner = message.shown() | {"edited": {"user": message.user, "ts": world.stamp()}}
        return event | {"subtype": change, "message": inner, "previous_message": inner}
    if any(one.thread == message.ts and not one.deleted for one in world.messages if one.channel == channel.id):
        tomb: dict[str, Any] = {
            "type": "message",
            "subtype": "tombstone",
            "user": "USLACKBOT",
            "text": "This message was deleted.",
        }
        tomb |= {"ts": message.ts, "thread_ts": message.ts, "hidden": True}
        return event | {"subtype": "message_changed", "message": tomb, "previous_message": was}
    return event | {"subtype": change, "deleted_ts": message.ts, "previous_message": was}


def command(user: str, channel: str, name: str, text: str) -> dict[str, str]:
    """The form of a slash command."""
    who = {"user_id": user, "user_name": "name", "team_id": TEAM, "team_domain": "daedap", "api_app_id": APP}
    where = {"channel_id": channel, "channel_name": "name", "response_url": NEVER, "token": "unused"}
    return {"command": name, "text": text, "trigger_id": f"{next(_numbers)}.77.trigger", **who, **where}


def clicked(user: str, message: Message, action: dict[str, Any]) -> dict[str, Any]:
    """block_actions of one button."""
    payload = {"type": "block_actions", "api_app_id": APP, "team": {"id": TEAM}, "user": {"id": user, "team_id": TEAM}}
    container = {"type": "message", "channel_id": message.channel, "message_ts": message.ts}
    payload |= {"channel": {"id": message.channel}, "container": container, "message": message.shown()}
    return payload | {"actions": [action], "trigger_id": f"{next(_numbers)}.77.trigger", "response_url": NEVER}
