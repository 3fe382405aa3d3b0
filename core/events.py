"""The live events of a job, a Redis stream that the page reads as SSE; an entry's id is its sequence number."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from core import keys

KEPT = 3600  # seconds: long enough to come back to a page, short enough to be forgotten
LONGEST = 5_000  # entries of one job


@dataclass(frozen=True, slots=True)
class Event:
    """`type` is one of step, draft, answer, progress, view, failed, end; `data` is JSON-shaped."""

    seq: str
    type: str
    data: dict[str, Any]


async def publish(redis: Redis, job_id: str, kind: str, **data: Any) -> None:
    """Append an event."""
    name = keys.events(job_id)
    entry = {"type": kind, "data": json.dumps(data, ensure_ascii=False)}
    async with redis.pipeline(transaction=False) as pipe:
        pipe.xadd(name, entry, maxlen=LONGEST, approximate=True)
        pipe.expire(name, KEPT)
        await pipe.execute()


async def follow(redis: Redis, job_id: str, *, after: str = "0", patience: float = 15.0) -> AsyncIterator[Event | None]:
    """Events after `after`, as they come; None whenever `patience` seconds pass without one; ends after an `end` event."""
    name, last = keys.events(job_id), after
    while True:
        found = await redis.xread({name: last}, block=int(patience * 1000), count=100)
        if not found:
            yield None
        for last, entry in found[0][1] if found else ():
            yield Event(last, entry["type"], json.loads(entry["data"]))
            if entry["type"] == "end":
                return
