"""Refusals as the page reads them: a status and one kind sentence."""

import json

from aiohttp import web
from redis.exceptions import RedisError

from bot.playground.language import LANGUAGE
from core.texts import say

REDIS_GONE = (RedisError, OSError, TimeoutError)


class TooLarge(web.HTTPClientError):
    """413 without aiohttp's own sentence about sizes."""

    status_code = 413


def refused(kind: type[web.HTTPException], key: str, request: web.Request, /, **values: object) -> web.HTTPException:
    """An exception to raise, with the sentence `key` in the reader's language as `{"text": ...}`."""
    headers = {"Retry-After": "2"} if kind is web.HTTPServiceUnavailable else None
    text = json.dumps({"text": say(key, request[LANGUAGE], **values)})
    return kind(text=text, content_type="application/json", headers=headers)
