"""A request's bytes, bounded in size and time, and read as JSON of which no two parsers think differently."""

import asyncio
import json
from typing import Any

from aiohttp import web

SLOWEST = 9.0  # seconds a sender may take over its body
LINGER = 0.5  # seconds more for reading the refusal; aiohttp would let it go on sending for another ten


async def read_body(request: web.Request, *, largest: int) -> bytes:
    """The body; raises HTTPRequestEntityTooLarge and HTTPRequestTimeout."""
    _fits(request.content_length or 0, largest)
    try:
        async with asyncio.timeout(SLOWEST):
            return await _read(request, largest)
    except TimeoutError:
        asyncio.get_running_loop().call_later(LINGER, request.protocol.force_close)
        raise web.HTTPRequestTimeout from None


def strict_object(text: str) -> dict[str, Any]:
    """An object; raises ValueError for anything else, a key twice, NaN and lone surrogates, RecursionError when too deep."""
    found = json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - what was sent is wrong, not the caller
    if "\\ud" in text.lower():
        json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate cannot be encoded
    return found


async def _read(request: web.Request, largest: int) -> bytes:
    body = bytearray()
    async for part in request.content.iter_any():
        body += part
        _fits(len(body), largest)  # the length announced may be none, or wrong
    return bytes(body)


def _fits(size: int, largest: int) -> None:
    if size > largest:
        raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=size)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("the same key twice")
    return found
