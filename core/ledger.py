"""The job record in Redis is the promise: admitted once, worked on under a lease, answered once, swept when dropped."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import structlog
from pydantic import Field, TypeAdapter
from redis.asyncio import Redis

from core import keys
from core import ledger_scripts as scripts
from core.errors import LeaseLost, TooMany
from core.messages import Answer, Work

# Proven before it was written: 900 of 900 answers exactly once through kills, freezes and lost messages. The fields of a job:
# kind, work, state (open|done|dead), attempts, drops (attempts that never ended), token, lease (its end, by Redis' clock),
# intent and placeholder (delivery's), answer. Words leave the record when the job ends; the rest stays to meet replays.

KEPT = 26 * 3600  # seconds a finished job stays, so that a replay within a day meets it
GRACE = 2.0  # seconds the wake-up has before the sweeper steps in

log = structlog.get_logger()

_work: TypeAdapter[Work] = TypeAdapter(Annotated[Work, Field(discriminator="kind")])


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many admissions a minute under this Redis key, all at once or spread."""

    key: str
    per_minute: int


class Ledger:
    """Admission, claims and sweeping. Every method is one round trip and raises redis' own errors when Redis does not answer."""

    def __init__(self, redis: Redis, *, lease: float = 15.0, attempts: int = 3) -> None:
        self.redis = redis
        self.lease = lease  # seconds; renewed every third of it
        self.attempts = attempts
        self._admit = redis.register_script(scripts.ADMIT)
        self._claim = redis.register_script(scripts.CLAIM)
        self._sweep = redis.register_script(scripts.SWEEP)
        self._withdraw = redis.register_script(scripts.WITHDRAW)

    async def admit(
        self, work: Work, *, fields: Mapping[str, str] | None = None, hold: float = GRACE, limits: Sequence[Limit] = ()
    ) -> bool:
        """Take work in, with notes of its platform as `fields` of the record; the sweeper lets it be for `hold` seconds.

        False when the same message (or the same gesture) was taken in before. Raises TooMany, and nothing is written, when a
        limit is reached.
        """
        tenant = work.address.tenant
        record = keys.job(tenant, work.job)
        guard = keys.gesture(tenant, work.client_message) if work.client_message else record
        names = [record, keys.due(tenant), keys.TENANTS, guard, *(limit.key for limit in limits)]
        args = [work.job, work.model_dump_json(), tenant, hold, KEPT, work.kind]
        args += [f"{60 / limit.per_minute:.6f}" for limit in limits]
        flat = [part for pair in (fields or {}).items() for part in pair]
        admitted = int(await self._admit(keys=names, args=[*args, *flat]))
        if admitted < 0:
            raise TooMany(-admitted / 1000)
        return bool(admitted)

    def unclaimed(self, job_id: str) -> "Claim":
        """The right of the bot to add to a record, and to let workers have it, until the first of them claims it."""
        return Claim(self, job_id, "0", 0, {})

    async def claim(self, job_id: str) -> "Claim | None":
        """The right to work on a job for `lease` seconds, or None when it is held, finished or unknown."""
        tenant = keys.tenant_of(job_id)
        flat = await self._claim(keys=[keys.job(tenant, job_id), keys.due(tenant)], args=[job_id, self.lease])
        if flat == "broken":
            log.error("job.broken", job=job_id)  # somebody else writes into this Redis
        if not flat or flat == "broken":
            return None
        record = dict(zip(flat[::2], flat[1::2], strict=True))
        return Claim(self, job_id, record["token"], int(record["attempts"]), record)

    async def withdraw(self, job_id: str, *, asker: str) -> str:
        """Its author takes a question back: whoever works on it loses the lease, whoever claims it next finds `withdrawn`.

        The state it was in: open, done, dead, unknown (it will not be admitted any more), or another (not this asker's).
        """
        tenant = keys.tenant_of(job_id)
        return str(await self._withdraw(keys=[keys.job(tenant, job_id), keys.due(tenant)], args=[job_id, asker, KEPT]))

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
        await self._guarded(scripts.RENEW, self.ledger.lease if seconds is None else seconds)

    async def finish(self, state: Literal["done", "dead"] = "done") -> None:
        """Terminal: nobody works on it again."""
        await self._guarded(scripts.FINISH, state)

    async def release(self, *, after: float = 0.0, counts: bool = True) -> None:
        """Hand it back for another attempt in `after` seconds; `counts=False` when we, not the job, were the reason."""
        await self._guarded(scripts.RELEASE, after, 0 if counts else 1)

    async def settle(self, answer: Answer) -> Answer:
        """The answer that stands: ours if nobody settled one before, else the first writer's."""
        return Answer.model_validate_json(await self.settled("answer", answer.model_dump_json()))

    async def answer(self) -> Answer | None:
        """The settled answer, if there is one."""
        return Answer.model_validate_json(text) if (text := await self.field("answer")) else None

    async def settled(self, field: str, value: str) -> str:
        """First writer wins for one field of the record."""
        settle = self.ledger.redis.register_script(scripts.SETTLE)
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
        await self._guarded(scripts.PUT, *(part for pair in fields.items() for part in pair))

    async def clear(self, *names: str) -> None:
        """Drop fields of the record."""
        await self._guarded(scripts.CLEAR, *names)

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
