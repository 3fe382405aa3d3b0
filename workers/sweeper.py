"""Wakes what was dropped, and says that this worker's loop is alive; every worker runs one, and they need not agree."""

import asyncio
import random
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

from core.broker import QUEUES
from core.health import HEARTBEAT, beat
from core.ledger import Ledger

log = structlog.get_logger()

PAUSE = 1.0  # seconds between sweeps


async def sweep_for_ever(
    ledger: Ledger, wake: Callable[[str], object], *, free: Callable[[], int], worker: str, queues: str
) -> None:
    """Sweep about once a second what `queues` ("answers,maintenance") are for, and keep the heartbeat.

    What is found starts in this very process: no message that could be lost again. No more is taken than there are `free`
    places, so that the rest is left to others and its wait is seen. Redis going away is waited out.
    """
    kinds = ",".join(kind for kind, queue in QUEUES.items() if queue in queues.split(","))
    beaten = 0.0
    loop = asyncio.get_running_loop()
    while True:
        try:
            if loop.time() - beaten > HEARTBEAT / 3:
                await beat(ledger.redis, worker, queues, free=max(0, free()))
                beaten = loop.time()
            for job in await ledger.sweep(kinds, max(0, free())):
                log.info("sweeper.woken", job=job)
                wake(job)
        except (RedisError, OSError) as error:
            log.warning("sweeper.redis_lost", reason=type(error).__name__)
        except (
            Exception
        ):  # the edge of the sweeper: whatever it was, a worker that stops sweeping lets questions end in silence
            log.exception("sweeper.failed")
        await asyncio.sleep(PAUSE * random.uniform(0.8, 1.2))  # noqa: S311 (spreads the load, keeps no secret)
