"""One attempt at a job under its lease: begin, make the answer, settle it, show it, finish; every way it can end is decided here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress

import structlog
from pydantic import ValidationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from core.errors import LeaseLost, Transient, Undeliverable
from core.ledger import Claim
from core.messages import Answer, Question, Reindex
from core.texts import say
from workers.produce import produce, remember
from workers.protocols import Delivery
from workers.quiet import quietly
from workers.services import Attempt, Services

log = structlog.get_logger()

PATIENCE = 600.0  # seconds for which somebody else's failure costs no attempt
HOPELESS = 3  # further attempts at saying that it failed, before falling silent with an error in the log
SORRY = 20.0  # seconds between those


async def attempt(job: str, services: Services) -> None:
    """Claim the job and bring it one attempt further. Raises nothing but CancelledError (the process drains)."""
    claim = None
    try:
        if (claim := await services.ledger.claim(job)) is not None:
            structlog.contextvars.bind_contextvars(job=job, attempt=claim.attempt, reference=claim.reference)
            await _claimed(claim, services)
    except LeaseLost:
        await _left(job, services)
    except RedisError as error:  # at worst the lease ends by itself, and the sweeper wakes another
        log.warning("attempt.redis_lost", job=job, reason=type(error).__name__)
        if claim is not None and isinstance(error, RedisConnectionError | RedisTimeoutError):
            await _excused(claim)


async def _left(job: str, services: Services) -> None:
    """Another has the job now; or nobody, when Redis came back without what it had promised, which somebody must know."""
    with suppress(RedisError):
        if not await services.ledger.state(job):
            log.error(
                "job.vanished", what_to_do="Redis lost accepted questions: see that it keeps its append-only file"
            )
            return
    log.info("attempt.lease_lost")


async def _excused(claim: Claim) -> None:
    """Redis went away, which is not the job's fault: as soon as it is back the job is handed back, and no attempt was spent."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + claim.ledger.lease
    while loop.time() < ends:
        try:
            await claim.release(counts=False)
        except LeaseLost:
            return
        except RedisError:
            await asyncio.sleep(0.5)
        else:
            return


async def _claimed(claim: Claim, services: Services) -> None:
    """What dropped out of every attempt before may be what kills workers: one such at a time, so that no other dies beside it."""
    if not _readable(claim):
        log.error("job.unreadable")
        await (claim.release(after=services.ledger.lease, counts=False) if _foreign(claim) else claim.finish("dead"))
        return
    suspect = not claim.exhausted and int(claim.record.get("drops", 0)) >= services.ledger.attempts - 1 > 0
    if suspect and services.quarantine.locked():
        await claim.release(after=1.0, counts=False)
        return
    async with services.quarantine if suspect else nullcontext(), _leased(claim):
        await _guarded(claim, services)


def _readable(claim: Claim) -> bool:
    """No: a newer version wrote it, or somebody tampered with it (whose words would be answered at another's address)."""
    try:
        return claim.work.job == claim.job
    except (KeyError, ValidationError):
        return False


def _foreign(claim: Claim) -> bool:
    """Whether workers of a newer version may come for what we cannot read; when they do not, the record ends by itself."""
    try:
        _ = claim.work
    except ValidationError as error:
        return error.errors()[0]["type"] not in ("json_invalid", "dict_type")
    except KeyError:
        pass
    return False


async def _guarded(claim: Claim, services: Services) -> None:
    try:
        await _run(claim, services)
    except asyncio.CancelledError:
        await asyncio.shield(claim.release(counts=False))  # draining: another worker takes it at once
        raise
    except Undeliverable as error:
        log.warning("attempt.undeliverable", reason=str(error))
        await claim.finish("dead")
    except Transient as error:
        await _later(claim, error)
    except (LeaseLost, RedisError):
        raise
    except Exception:  # the edge of the task: whatever it was, the job goes on to its next attempt or its apology
        log.exception("attempt.failed")
        await claim.release(after=SORRY if claim.exhausted else 1.0)


async def _later(claim: Claim, error: Transient) -> None:
    """Somebody else is down: wait a quarter of the job's age, and count attempts only once that has lasted too long.

    An apology waits for as long as the record lives: it is all that is left to be said.
    """
    age = await claim.now() - float(claim.record["admitted"])
    after = max(error.after, min(age / 4, 30.0))
    log.warning("attempt.transient", reason=str(error), after=round(after, 1))
    await claim.release(after=after, counts=age > PATIENCE and not claim.exhausted)


async def _run(claim: Claim, services: Services) -> None:
    if claim.attempt > services.ledger.attempts + HOPELESS:  # even saying so fails, or kills
        log.error("attempt.gave_up")
        await claim.finish("dead")
        return
    if await quietly(claim, services):
        return
    delivery = services.deliveries[claim.work.address.platform]
    if claim.exhausted:
        await _apologise(claim, delivery)
        return
    this = Attempt(claim, delivery, services)
    async with _begun(this):
        answer = await claim.answer() or await claim.settle(await _made(this))
    await remember(this, answer)  # before it is seen: who answers it at once is followed, and remembered what was said
    await delivery.finish(claim, answer)
    await claim.finish()
    log.info("answer.sent", known=answer.known, notes=answer.notes, **answer.seconds)


@asynccontextmanager
async def _begun(this: Attempt) -> AsyncIterator[None]:
    """Show the first sign of life beside the making of an answer, so that a platform's round trip costs the person nothing."""
    claim = this.claim
    if "limited" in claim.record:  # who floods us costs one call, not two
        yield
        return
    beginning = asyncio.create_task(this.delivery.begin(claim))
    beginning.add_done_callback(lambda task: task.cancelled() or task.exception())  # told below, or no matter any more
    try:
        if not isinstance(claim.work, Question):
            await beginning  # progress is shown in its place
        yield
        await beginning
    finally:
        beginning.cancel()


async def _made(this: Attempt) -> Answer:
    """The deadline is for making an answer only: one that is made must not be lost to a platform that is slow to take it."""
    seconds = None if isinstance(this.claim.work, Reindex) else this.services.settings.answer_seconds
    async with asyncio.timeout(seconds):
        return await produce(this)


async def _apologise(claim: Claim, delivery: Delivery) -> None:
    """Every attempt failed: the person gets a sentence with a reference, unless an answer was settled before."""
    sorry = say("failed", claim.work.language, reference=claim.reference)
    answer = await claim.settle(Answer(text=sorry, known=False, language=claim.work.language))
    log.error("job.dead", kind=claim.work.kind)
    await delivery.begin(claim)
    await delivery.finish(claim, answer)
    await claim.finish("dead")


@asynccontextmanager
async def _leased(claim: Claim) -> AsyncIterator[None]:
    """Renew the lease while the body runs; when it is lost the body is cancelled and LeaseLost raised."""
    lost, over, cancel_body = False, asyncio.Event(), asyncio.current_task().cancel  # type: ignore[union-attr]

    async def renew() -> None:
        nonlocal lost
        ends = asyncio.get_running_loop().time() + claim.ledger.lease
        while not over.is_set():  # redis-py swallows a cancellation now and then
            await asyncio.sleep(claim.ledger.lease / 3)
            try:
                await claim.renew()
                ends = asyncio.get_running_loop().time() + claim.ledger.lease
            except (LeaseLost, RedisError) as error:
                if over.is_set():
                    return
                if isinstance(error, LeaseLost) or asyncio.get_running_loop().time() > ends:
                    lost = True
                    cancel_body()
                    return

    renewing = asyncio.create_task(renew())
    try:
        yield
    except asyncio.CancelledError:
        if not lost:
            raise
        raise LeaseLost(claim.job) from None
    finally:
        over.set()
        renewing.cancel()
