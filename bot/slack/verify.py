"""The cheap check in front: is this Slack, now, and can it be read? Nothing is parsed before the signature holds."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from bot.slack.fields import Malformed
from bot.slack.shapes import command, event, interaction

LARGEST = 1_000_000  # bytes of a body
WINDOW = 300  # seconds that a signed request stays good
FIELDS = 200  # of a form; Slack sends about 15
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


class NotSlack(Exception):
    """Not signed by Slack, or not now: 401."""


def verify(headers: Mapping[str, str], body: bytes, secret: str, *, now: float) -> None:
    """Raise NotSlack unless `body` carries Slack's signature of the last five minutes (docs: verifying requests)."""
    stamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not _TIMESTAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(signature):
        raise NotSlack("no usable signature headers")
    if abs(now - int(stamp)) > WINDOW:
        raise NotSlack("timestamp outside five minutes: a replay, or this host's clock is wrong")
    expected = "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        raise NotSlack("the signature does not match")


def read(body: bytes, content_type: str) -> dict[str, Any]:
    """The body as an object: events are JSON, commands are forms, interactions are JSON in a form. Raises Malformed."""
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json":
            return event(_object(body.decode()))
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS))
        return interaction(_object(form["payload"])) if "payload" in form else command(form)
    except (ValueError, RecursionError) as error:  # bad UTF-8, bad JSON, too deep, too many fields
        raise Malformed(type(error).__name__) from None


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
    if not isinstance(found, dict):
        raise Malformed("not an object")
    if "\\ud" in text.lower():
        json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate cannot be encoded
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("the same key twice")
    return found
