"""The cheap check in front: is this Slack, now, and can it be read? Nothing is parsed before the signature holds."""

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from bot.payload import read_body, strict_object
from bot.slack.fields import Malformed
from bot.slack.shapes import command, event, interaction

LARGEST = 1_000_000  # bytes of a body
WINDOW = 300  # seconds that a signed request stays good
FIELDS = 200  # of a form; Slack sends about 15
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


class NotSlack(Exception):
    """Not signed by Slack, or not now: 401."""


class NotNow(NotSlack):
    """Signed by Slack at another time: a replay, or a clock of ours that is wrong. `seconds`: how far ours is ahead."""

    def __init__(self, seconds: float) -> None:
        super().__init__("signed at another time: a replay, or this host's clock is wrong")
        self.seconds = seconds


async def receive(request: web.Request, secret: str) -> dict[str, Any]:
    """What Slack sent. Raises NotSlack, Malformed, and aiohttp's 408 and 413."""
    body = await read_body(request, largest=LARGEST)
    verify(request.headers, body, secret, now=time.time())
    return read(body, request.headers.get("Content-Type", ""))


def verify(headers: Mapping[str, str], body: bytes, secret: str, *, now: float) -> None:
    """Raise NotSlack unless `body` carries Slack's signature of the last five minutes (docs: verifying requests)."""
    stamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not _TIMESTAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(signature):
        raise NotSlack("no usable signature headers")
    expected = "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        raise NotSlack("the signature does not match")
    if abs(now - int(stamp)) > WINDOW:
        raise NotNow(now - int(stamp))


def read(body: bytes, content_type: str) -> dict[str, Any]:
    """The body as an object: events are JSON, commands are forms, interactions are JSON in a form. Raises Malformed."""
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json":
            return event(strict_object(body.decode()))
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS))
        return interaction(strict_object(form["payload"])) if "payload" in form else command(form)
    except (ValueError, RecursionError) as error:  # bad UTF-8, bad JSON, too deep, too many fields
        raise Malformed(type(error).__name__) from None
