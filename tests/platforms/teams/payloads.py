"""The activities that Teams sends."""

import html
import time
from datetime import UTC, datetime
from typing import Any

from tests.platforms.teams.world import BOT, TENANT, Conversation, account

AT = {"type": "mention", "mentioned": BOT, "text": f"<at>{BOT['name']}</at>"}
CLIENT = {"type": "clientInfo", "locale": "ko-KR", "country": "KR", "platform": "Web", "timezone": "Asia/Seoul"}


def activity(kind: str, service: str, user: str, conversation: Conversation, *, root: str = "") -> dict[str, Any]:
    """What every activity has."""
    now = time.time()
    stamp = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    data: dict[str, Any] = {"tenant": {"id": TENANT}}
    if conversation.kind == "channel":
        data |= {"channel": {"id": conversation.id}, "team": {"id": conversation.team}}
        data |= {"teamsChannelId": conversation.id, "teamsTeamId": conversation.team}
    return {
        "type": kind,
        "id": f"f:{int(now * 1e6)}",
        "timestamp": stamp,
        "localTimestamp": stamp,
        "localTimezone": "Asia/Seoul",
        "channelId": "msteams",
        "serviceUrl": service,
        "from": account(user),
        "conversation": conversation.place(root),
        "recipient": BOT,
        "channelData": data,
        "locale": "ko-KR",
    }


def message(base: dict[str, Any], name: str, text: str, *, mentioned: bool) -> dict[str, Any]:
    """A message; Teams sends its HTML beside it as an attachment."""
    shown = f"<div><div>{html.escape(text)}</div></div>"
    entities = [AT, CLIENT] if mentioned else [CLIENT]
    return base | {
        "id": name,
        "text": text,
        "textFormat": "plain",
        "entities": entities,
        "attachments": [{"contentType": "text/html", "content": shown}],
    }


def feedback(base: dict[str, Any], target: str, reaction: str, words: Any) -> dict[str, Any]:
    """The invoke of the thumbs below an answer."""
    value = {"actionName": "feedback", "actionValue": {"reaction": reaction, "feedback": words}}
    return base | {"name": "message/submitAction", "replyToId": target, "value": value}


def file(name: str = "plan.pdf") -> dict[str, Any]:
    """A file that somebody sent along."""
    content = {"downloadUrl": "https://sharepoint.example/x", "uniqueId": "1", "fileType": "pdf"}
    kind = "application/vnd.microsoft.teams.file.download.info"
    return {"contentType": kind, "content": content, "contentUrl": "https://sharepoint.example/y", "name": name}
