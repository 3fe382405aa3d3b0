"""The job record in Redis is the promise: admitted once, worked on under a lease, answered once, swept when dropped."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from redis.asyncio import Redis

from core import keys
from core.errors import LeaseLost
from core.messages import Answer, Work

# Proven before it was written: 900 of 900 answers exactly once through kills, freezes and lost messages. The fields of a job:
# kind, work, state (open|done|dead), attempts, drops (attempts that never ended), token, lease (its end, by Redis' clock),
# intent and placeholder (delivery's), answer. Words leave the record when the job ends; the rest stays to meet replays.

KEPT = 26 * 3600  # seconds a finished job stays, so that a replay within a day meets it
GRACE = 2.0  # seconds the wake-up has before the sweeper steps in

_work: TypeAdapter[Work] = TypeAdapter(Annotated[Work, Field(discriminator="kind")])

_NOW = "local t = redis.call('TIME'); local now = t[1] + t[2] / 1000000\n"

# KEYS: job, due, tenants, gesture ("" = none)   ARGV: id, work, tenant, grace, kept, kind
_ADMIT = (
    _NOW
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if KEYS[4] ~= '' and not redis.call('SET', KEYS[4], ARGV[1], 'NX', 'EX', ARGV[5]) then return 0 end
redis.call('HSET', KEYS[1], 'work', ARGV[2], 'kind', ARGV[6], 'state', 'open', 'admitted', tostring(now))
redis.call('HSET', KEYS[1], 'attempts', 0, 'token', 0, 'lease', 0)
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[1])
redis.call('SADD', KEYS[3], ARGV[3])
return 1"""
)

# KEYS: job, due   ARGV: id, lease -> the record, or nothing while another holds it or when it is finished
_CLAIM = (
    _NOW
    + """
if redis.call('HGET', KEYS[1], 'state') ~= 'open' then redis.call('ZREM', KEYS[2], ARGV[1]); return nil end
local lease = tonumber(redis.call('HGET', KEYS[1], 'lease'))
if lease > now then return nil end
if lease > 0 then redis.call('HINCRBY', KEYS[1], 'drops', 1) end
redis.call('HINCRBY', KEYS[1], 'token', 1)
redis.call('HINCRBY', KEYS[1], 'attempts', 1)
redis.call('HSET', KEYS[1], 'lease', tostring(now + ARGV[2]))
redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
return redis.call('HGETALL', KEYS[1])"""
)

_HELD = "if redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] or redis.call('HGET', KEYS[1], 'state') ~= 'open' then return 0 end\n"

# KEYS: job, due   ARGV: id, token, seconds
_RENEW = (
    _HELD
    + _NOW
    + """
if redis.call('HGET', KEYS[1], 'lease') == '0' then return 0 end
redis.call('HSET', KEYS[1], 'lease', tostring(now + ARGV[3]))
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return 1"""
)

# KEYS: job, due   ARGV: id, token, state
_FINISH = (
    _HELD
    + _NOW
    + """
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'finished', tostring(now))
redis.call('HDEL', KEYS[1], 'work', 'answer')
redis.call('ZREM', KEYS[2], ARGV[1])
return 1"""
)

# KEYS: job, due   ARGV: id, token, seconds until the next attempt, 1 = the attempt does not count
_RELEASE = (
    _HELD
    + _NOW
    + """
redis.call('HSET', KEYS[1], 'lease', 0)
redis.call('HINCRBY', KEYS[1], 'attempts', -ARGV[4])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return 1"""
)

# KEYS: job   ARGV: id, token, field, value, field, value, ...
_PUT = _HELD + "for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end return 1"
_CLEAR = _HELD + "for i = 3, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end return 1"

# KEYS: job   ARGV: 'any', token, field, value -> the value that stands; only the holder writes, the first writer wins
_SETTLE = """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] then return nil end
redis.call('HSETNX', KEYS[1], ARGV[3], ARGV[4])
return redis.call('HGET', KEYS[1], ARGV[3])"""

# KEYS: due   ARGV: seconds to wait until a job may be swept again, how many, the jobs' key without the id, kinds -> job ids
# A due job without a record (expired, lost) is nobody's promise any more; one of another kind must not hide ours.
_SWEEP = (
    _NOW
    + """
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  if #found >= tonumber(ARGV[2]) then break end
  local kind = redis.call('HGET', ARGV[3] .. id, 'kind')
  if not kind then
    redis.call('ZREM', KEYS[1], id)
  elseif string.find(ARGV[4], kind, 1, true) then
    redis.call('ZADD', KEYS[1], now + ARGV[1], id)
    table.insert(found, id)
  end
end
return found"""
)


class Ledger:
    """Admission, claims and sweeping. Every method is one round trip and raises redis' own errors when Redis does not answer."""

    def __init__(self, redis: Redis, *, lease: float = 15.0, attempts: int = 3) -> None:
        self.redis = redis
        self.lease = lease  # seconds; renewed every third of it
        self.attempts = attempts
        self._admit = redis.register_script(_ADMIT)
        self._claim = redis.register_script(_CLAIM)
        self._sweep = redis.register_script(_SWEEP)

    async def admit(self, work: Work) -> bool:
        """Take work in; False when the same message (or the same gesture) was taken in before."""
        tenant = work.address.tenant
        guard = keys.gesture(tenant, work.client_message) if work.client_message else ""
        names = [keys.job(tenant, work.job), keys.due(tenant), keys.TENANTS, guard]
        return bool(
            await self._admit(keys=names, args=[work.job, work.model_dump_json(), tenant, GRACE, KEPT, work.kind])
        )

    async def claim(self, job_id: str) -> "Claim | None":
        """The right to work on a job for `lease` seconds, or None when it is held, finished or unknown."""
        tenant = keys.tenant_of(job_id)
        flat = await self._claim(keys=[keys.job(tenant, job_id), keys.due(tenant)], args=[job_id, self.lease])
        if not flat:
            return None
        record = dict(zip(flat[::2], flat[1::2], strict=True))
        return Claim(self, job_id, record["token"], int(record["attempts"]), record)

    async def sweep(self, kinds: str, limit: int = 200) -> list[str]:
        """Ids of due jobs of these kinds ("question,view"): never claimed, or their lease ran out. Given out again only after a lease."""
        found: list[str] = []
        for tenant in await self.redis.smembers(keys.TENANTS):
            args = [self.lease, limit - len(found), keys.job(tenant, ""), kinds]
            found += await self._sweep(keys=[keys.due(tenant)], args=args)
        return found

    async def waiting(self) -> tuple[int, float]:
        """How many jobs are open, and for how many seconds the oldest has been overdue (0.0 when none is)."""
        count, oldest = 0, 0.0
        seconds, micros = await self.redis.time()
        for tenant in await self.redis.smembers(keys.TENANTS):
            count += await self.redis.zcard(keys.due(tenant))
            first = await self.redis.zrange(keys.due(tenant), 0, 0, withscores=True)
            oldest = max([oldest] + [seconds + micros / 1e6 - score for _, score in first])
        return count, oldest

    async def state(self, job_id: str) -> Mapping[str, str]:
        """The whole record, {} when unknown."""
        return dict(await self.redis.hgetall(keys.job(keys.tenant_of(job_id), job_id)))


@dataclass(frozen=True)
class Claim:
    """A job under our lease. Methods raise LeaseLost when another worker has taken it over."""

    ledger: Ledger
    job: str
    token: str
    attempt: int
    record: Mapping[str, str]  # as it was when claimed

    @cached_property
    def work(self) -> Work:
        """What was admitted; raises ValidationError when this version cannot read it."""
        return _work.validate_json(self.record["work"])

    @property
    def exhausted(self) -> bool:
        """Every attempt was used up: what remains is to say so."""
        return self.attempt > self.ledger.attempts

    @property
    def reference(self) -> str:
        """A short id that a person can read out and an operator can find in the log."""
        return "D" + hashlib.sha256(self.job.encode()).hexdigest()[:7].upper()

    async def renew(self, seconds: float | None = None) -> None:
        """Hold the lease for another `seconds` (default: a whole lease) from now."""
        await self._guarded(_RENEW, self.ledger.lease if seconds is None else seconds)

    async def finish(self, state: Literal["done", "dead"] = "done") -> None:
        """Terminal: nobody works on it again."""
        await self._guarded(_FINISH, state)

    async def release(self, *, after: float = 0.0, counts: bool = True) -> None:
        """Hand it back for another attempt in `after` seconds; `counts=False` when we, not the job, were the reason."""
        await self._guarded(_RELEASE, after, 0 if counts else 1)

    async def settle(self, answer: Answer) -> Answer:
        """The answer that stands: ours if nobody settled one before, else the first writer's."""
        return Answer.model_validate_json(await self.settled("answer", answer.model_dump_json()))

    async def answer(self) -> Answer | None:
        """The settled answer, if there is one."""
        return Answer.model_validate_json(text) if (text := await self.field("answer")) else None

    async def settled(self, field: str, value: str) -> str:
        """First writer wins for one field of the record."""
        settle = self.ledger.redis.register_script(_SETTLE)
        stands = await settle(keys=[self._key], args=["any", self.token, field, value])
        if stands is None:
            raise LeaseLost(self.job)
        return str(stands)

    async def field(self, name: str) -> str | None:
        """One field of the record as it is now."""
        value: str | None = await self.ledger.redis.hget(self._key, name)
        return value

    async def put(self, **fields: str) -> None:
        """Write fields of the record (delivery's notes to its own successor)."""
        await self._guarded(_PUT, *(part for pair in fields.items() for part in pair))

    async def clear(self, *names: str) -> None:
        """Drop fields of the record."""
        await self._guarded(_CLEAR, *names)

    async def now(self) -> float:
        """Redis' clock, seconds since 1970: the only clock that all workers share."""
        return float(sum(part * unit for part, unit in zip(await self.ledger.redis.time(), (1, 1e-6), strict=True)))

    @property
    def _key(self) -> str:
        return keys.job(keys.tenant_of(self.job), self.job)

    async def _guarded(self, script: str, *args: float | str) -> None:
        names = [self._key, keys.due(keys.tenant_of(self.job))]
        if not await self.ledger.redis.register_script(script)(keys=names, args=[self.job, self.token, *args]):
            raise LeaseLost(self.job)
