"""Delivery to the playground: the job's own event stream, which an answer closes, so that nothing shows twice."""

import json
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core import keys
from core.errors import Transient
from core.events import KEPT, LONGEST
from core.ledger import Claim
from core.messages import Answer

log = structlog.get_logger()

# KEYS: stream   ARGV: kept, longest, 1 = only as the first entry, then type and data of each entry
# Behind `end` nothing is appended: whoever comes second, a stale worker or a successor, finds the stream closed.
_APPEND = """
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if last then
  if ARGV[3] == '1' then return 0 end
  for i = 1, #last[2], 2 do
    if last[2][i] == 'type' and last[2][i + 1] == 'end' then return 0 end
  end
end
for i = 4, #ARGV, 2 do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'type', ARGV[i], 'data', ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1"""


class PlaygroundDelivery:
    """The page's outgoing half. Needs no memory in the record: the stream itself says what was shown."""

    def __init__(self, redis: Redis) -> None:
        self._append = redis.register_script(_APPEND)

    async def begin(self, claim: Claim) -> None:
        """The first sign of life, once; raises Transient when Redis does not answer."""
        await self._must(claim, ("step", {"step": "queued", "count": 0}), only_first=True)

    async def step(self, claim: Claim, step: str, count: int = 0) -> None:
        """What is being done; dropped when Redis does not answer or the answer is there already."""
        await self._may(claim, "step", step=step, count=count)

    async def draft(self, claim: Claim, text: str) -> None:
        """The checked sentences so far, whole each time; may be dropped."""
        await self._may(claim, "draft", text=text)

    async def progress(self, claim: Claim, text: str) -> None:
        """How far long work has come; may be dropped."""
        await self._may(claim, "progress", text=text)

    async def finish(self, claim: Claim, answer: Answer) -> None:
        """The answer and the end of the stream in one step, once whoever calls; Transient while Redis is away."""
        await self._must(claim, ("answer", answer.model_dump(mode="json")), ("end", {}))

    async def take_back(self, claim: Claim) -> None:
        """Nothing: on the page a question cannot be deleted."""

    async def close(self) -> None:
        """Nothing of its own to let go."""

    async def _must(self, claim: Claim, *entries: tuple[str, dict[str, Any]], only_first: bool = False) -> None:
        flat = [part for kind, data in entries for part in (kind, json.dumps(data, ensure_ascii=False))]
        try:
            await self._append(keys=[keys.events(claim.job)], args=[KEPT, LONGEST, int(only_first), *flat])
        except RedisError as error:
            raise Transient(f"Redis did not take the page's events of {claim.job} ({type(error).__name__})") from error

    async def _may(self, claim: Claim, kind: str, **data: Any) -> None:
        try:
            await self._must(claim, (kind, data))
        except Transient as error:
            log.info("delivery.dropped", job=claim.job, type=kind, reason=str(error))
