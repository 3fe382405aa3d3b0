"""The Web API methods that Daedap may use; any other is unknown_method, as a spelling mistake would be."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.platforms.slack.rules import check
from tests.platforms.slack.world import APP_TOKEN, BOT_ID, BOT_TOKEN, BOT_USER, TEAM, Channel, Message, World

Arguments = dict[str, Any]


class Refusal(Exception):
    """Slack's `{"ok": false, "error": …}`."""


@dataclass(frozen=True)
class Call:
    """A call of the Web API. `caller` is the process that made it, where it was given an address of its own."""

    caller: str
    method: str
    arguments: dict[str, Any]


class Methods:
    """Carries a call out and gives Slack's reply."""

    def __init__(self, world: World, socket_url: Callable[[], str]) -> None:
        self.world, self._socket_url = world, socket_url
        self.told: Callable[[Message, str], None] = lambda _message, _change: None

    def call(self, method: str, token: str, arguments: Arguments) -> dict[str, Any]:
        """The reply; errors as Slack words them."""
        try:
            return {"ok": True, **self._deed(method, token)(arguments)}
        except Refusal as no:
            return {"ok": False, "error": str(no)}
        except KeyError as missing:
            return {
                "ok": False,
                "error": "invalid_arguments",
                "response_metadata": {"messages": [f"missing {missing}"]},
            }

    def _deed(self, method: str, token: str) -> Callable[[Arguments], dict[str, Any]]:
        deed: Callable[[Arguments], dict[str, Any]] | None = getattr(self, "_" + _snake(method), None)
        if deed is None or "." not in method:
            raise Refusal("unknown_method")
        if token != (APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN):
            raise Refusal("invalid_auth" if token else "not_authed")
        return deed

    def _auth_test(self, _: Arguments) -> dict[str, Any]:
        return {
            "team_id": TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "team": "Daedap",
            "user": "daedap",
            "url": "https://x/",
        }

    def _apps_connections_open(self, _: Arguments) -> dict[str, Any]:
        return {"url": self._socket_url()}

    def _chat_post_message(self, given: Arguments) -> dict[str, Any]:
        channel = self._open(given["channel"])
        text, blocks = given.get("text", ""), _blocks(given)
        thread = given.get("thread_ts") or ""
        if thread and not any(m.ts == thread for m in self.world.messages if m.channel == channel.id):
            raise Refusal("thread_not_found")
        _raise(check(text, blocks, update=False))
        _raise(_metadata_wrong(given.get("metadata")))
        more = {"metadata": given.get("metadata"), "arguments": given, "bot": True, "blocks": blocks, "thread": thread}
        message = self.world.add(channel.id, BOT_USER, text, **more)
        self.told(message, "")
        return {"channel": channel.id, "ts": message.ts, "message": message.shown()}

    def _chat_update(self, given: Arguments) -> dict[str, Any]:
        message = self._own(given)
        text, blocks = given.get("text", ""), _blocks(given)
        _raise(check(text, blocks, update=True))
        message.blocks, message.arguments = blocks, given
        message.says(text)
        self.told(message, "message_changed")
        return {"channel": message.channel, "ts": message.ts, "text": text}

    def _chat_delete(self, given: Arguments) -> dict[str, Any]:
        message = self._own(given)
        message.remove()
        self.told(message, "message_deleted")
        return {"channel": message.channel, "ts": message.ts}

    def _chat_post_ephemeral(self, given: Arguments) -> dict[str, Any]:
        channel = self._open(given["channel"])
        if given["user"] not in channel.members:
            raise Refusal("user_not_in_channel")
        _raise(check(given.get("text", ""), _blocks(given), update=False))
        self.world.ephemerals.append(given)
        return {"message_ts": self.world.stamp()}

    def _conversations_replies(self, given: Arguments) -> dict[str, Any]:
        root = given["ts"]
        self._open(given["channel"], reading=True)
        if self.world.find(given["channel"], root) is None:
            raise Refusal("thread_not_found")
        return self._page(given, lambda m: root in (m.thread, m.ts), newest_first=False)

    def _conversations_history(self, given: Arguments) -> dict[str, Any]:
        self._open(given["channel"], reading=True)
        return self._page(given, lambda m: not m.thread, newest_first=True)

    def _conversations_info(self, given: Arguments) -> dict[str, Any]:
        channel = self._channel(given["channel"])
        return {"channel": {"id": channel.id, "is_private": channel.private, "is_im": channel.kind == "im"}}

    def _conversations_open(self, given: Arguments) -> dict[str, Any]:
        return {"channel": {"id": self.world.direct(given["users"])}}

    def _users_info(self, given: Arguments) -> dict[str, Any]:
        return {"user": {"id": given["user"], "team_id": TEAM, "is_bot": given["user"] == BOT_USER}}

    def _reactions_add(self, given: Arguments) -> dict[str, Any]:
        message = self._message(given["channel"], given["timestamp"])
        if given["name"] in message.reactions:
            raise Refusal("already_reacted")
        message.reactions.append(given["name"])
        return {}

    def _reactions_remove(self, given: Arguments) -> dict[str, Any]:
        message = self._message(given["channel"], given["timestamp"])
        if given["name"] not in message.reactions:
            raise Refusal("no_reaction")
        message.reactions.remove(given["name"])
        return {}

    def _page(self, given: Arguments, wanted: Callable[[Message], bool], *, newest_first: bool) -> dict[str, Any]:
        oldest, limit, start = (
            float(given.get("oldest", 0)),
            int(given.get("limit", 100)),
            int(given.get("cursor") or 0),
        )
        found = [m for m in self.world.messages if m.channel == given["channel"] and not m.deleted and wanted(m)]
        found = [m for m in found if float(m.ts) > oldest or m.ts == given.get("ts")]  # the root always comes
        page = found[:: -1 if newest_first else 1][start : start + limit]
        with_metadata = str(given.get("include_all_metadata", "")).lower() in ("1", "true")
        shown = [m.shown() | ({"metadata": m.metadata} if with_metadata and m.metadata else {}) for m in page]
        more = start + limit < len(found)
        return {
            "messages": shown,
            "has_more": more,
            "response_metadata": {"next_cursor": str(start + limit) if more else ""},
        }

    def _channel(self, name: str) -> Channel:
        if name not in self.world.channels:
            raise Refusal("channel_not_found")
        return self.world.channels[name]

    def _open(self, name: str, *, reading: bool = False) -> Channel:
        channel = self._channel(name)
        if BOT_USER not in channel.members:
            raise Refusal("channel_not_found" if channel.private else "not_in_channel")
        if not reading:
            _raise("is_archived" if channel.archived else channel.restricted)
        return channel

    def _message(self, channel: str, ts: str) -> Message:
        found = self.world.find(self._channel(channel).id, ts)
        if found is None:
            raise Refusal("message_not_found")
        return found

    def _own(self, given: Arguments) -> Message:
        message = self._message(self._open(given["channel"]).id, given["ts"])
        if not message.bot:
            raise Refusal("cant_update_message")
        return message


def _snake(method: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), method.replace(".", "_"))


def _blocks(given: Arguments) -> Any:
    blocks = given.get("blocks") or []
    return json.loads(blocks) if isinstance(blocks, str) else blocks


def _metadata_wrong(metadata: Any) -> str:
    if metadata is None:
        return ""
    right = (
        isinstance(metadata, dict)
        and set(metadata) == {"event_type", "event_payload"}
        and isinstance(metadata["event_payload"], dict)
    )
    return "" if right else "invalid_metadata_format"


def _raise(error: str) -> None:
    if error:
        raise Refusal(error)
