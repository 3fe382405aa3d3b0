"""Refusals as the page reads them: a status and one kind sentence."""

import json
import math

from aiohttp import web
from redis.exceptions import RedisError

from bot.playground.language import LANGUAGE
from core.texts import say

REDIS_GONE = (RedisError, OSError, TimeoutError)


class TooLarge(web.HTTPClientError):
    """413 without aiohttp's own sentence about sizes."""

    status_code = 413


def refused(
    kind: type[web.HTTPException], key: str, request: web.Request, /, *, after: float = 2.0, **values: object
) -> web.HTTPException:
    """An exception to raise, with the sentence `key` in the reader's language as `{"text": ...}`.

    Where waiting helps (429, 503) it also says how long: `after` seconds.
    """
    seconds = math.ceil(after)
    waits = kind in (web.HTTPServiceUnavailable, web.HTTPTooManyRequests)
    text = json.dumps({"text": say(key, request[LANGUAGE], seconds=seconds, **values)})
    return kind(text=text, content_type="application/json", headers={"Retry-After": str(seconds)} if waits else None)
