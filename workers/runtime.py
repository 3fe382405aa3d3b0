"""The worker's composition root: builds everything from settings, and keeps the one event loop on which all work runs."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

import structlog

from core.connect import check, connect
from core.errors import IndexUnusable
from core.ledger import Ledger
from core.settings import Settings
from platforms.playground.directory import Directory
from retrieval.registry import Library
from workers.attempt import attempt
from workers.delivery.playground import PlaygroundDelivery
from workers.delivery.slack import SlackDelivery
from workers.delivery.teams import TeamsDelivery
from workers.frugal import give_back
from workers.protocols import Delivery
from workers.services import Answering, Services
from workers.steps.audience import Audience
from workers.steps.memory import Memory, NoMemory, RedisMemory
from workers.steps.model import choose_model
from workers.sweeper import sweep_for_ever

log = structlog.get_logger()

DRAIN = 8.0  # seconds that running work has after SIGTERM before its leases are handed back
LAST = 15.0  # seconds more for Redis to take them

T = TypeVar("T")


def answering(settings: Settings) -> Answering:
    """What answers a question; enough for `daedap ask`. Raises SettingsError and IndexUnusable."""
    return _answering(settings, Library(settings), NoMemory())


def _answering(settings: Settings, library: Library, memory: Memory) -> Answering:
    audience = Audience(settings, Directory(settings.people))
    return Answering(settings, library.knowledge(), memory, audience, choose_model(settings.llm))


async def services(settings: Settings) -> Services:
    """Everything a worker needs; raises SettingsError, RedisUnreachable, IndexUnusable."""
    url = settings.redis_url or ""
    redis = connect(url, connections=settings.concurrency + 32)
    await check(redis, url)
    memory = RedisMemory(redis, turns=settings.memory.turns, hours=settings.memory.hours)
    ledger = Ledger(redis, lease=settings.lease_seconds, attempts=settings.attempts)
    deliveries: dict[str, Delivery] = {"playground": PlaygroundDelivery(redis)}
    if settings.slack.on:
        deliveries["slack"] = SlackDelivery(settings, redis)
    if settings.teams.on:
        deliveries["teams"] = TeamsDelivery(settings, redis)
    library = Library(settings)
    answering = _answering(settings, library, memory)
    return Services(settings, redis, ledger, library, answering, memory, deliveries)


class Runtime:
    """One event loop in a thread of its own; Celery's threads and the sweeper bring it job ids."""

    def __init__(self, settings: Settings, *, deadline: float | None, places: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="loop", daemon=True)
        self.thread.start()
        self.services = self.wait(services(settings))
        self.deadline = deadline  # seconds a Celery thread waits for an attempt; None: as long as it takes
        self.places, self.beside = places, asyncio.Semaphore(places)
        self.running: set[asyncio.Task[None]] = set()
        self.sweeping: Future[None] | None = None
        self.retired = False

    def wait(self, work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """Run a coroutine on the loop and wait for it, from any other thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def sweep(self, *, name: str, queues: str) -> None:
        """Start the sweeper."""
        sweeping = sweep_for_ever(self.services.ledger, self.start, free=self.free, worker=name, queues=queues)
        self.sweeping = asyncio.run_coroutine_threadsafe(sweeping, self.loop)

    def free(self) -> int:
        """How many more attempts there is a place for; none once retired (a cancelled sweeper may outlive it for a round)."""
        return 0 if self.retired else self.places - len(self.running)

    def in_hand(self) -> list[str]:
        """The jobs of attempts that have not ended. From any thread."""
        return sorted(task.get_name() for task in tuple(self.running))

    def warm(self) -> None:
        """Load models beside the first work rather than in it."""
        asyncio.run_coroutine_threadsafe(self._warm(), self.loop)

    async def _warm(self) -> None:
        with contextlib.suppress(IndexUnusable):
            await self.services.answering.knowledge.warm()
        await asyncio.to_thread(give_back)

    def start(self, job: str) -> "asyncio.Task[None]":
        """Begin an attempt, from the loop itself."""
        task = self.loop.create_task(self.attempt(job), name=job)
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return task

    def wake(self, job: str) -> None:
        """Make an attempt and wait for its end, from a Celery thread."""
        try:
            self.wait(self._started(job), self.deadline)
        except CancelledError:
            log.info("attempt.handed_back", job=job)
        except TimeoutError:
            log.warning("attempt.stuck", job=job, seconds=self.deadline)

    async def _started(self, job: str) -> None:
        await asyncio.shield(self.start(job))

    async def attempt(self, job: str) -> None:
        """One attempt, when there is a place for it."""
        async with self.beside:
            if not self.retired:  # else it was never claimed, and other workers find it due
                await attempt(job, self.services)

    def retire(self) -> None:
        """Begin nothing from now on, and hand back what has not ended some seconds later. From any thread."""
        self.loop.call_soon_threadsafe(self._retire)

    def _retire(self) -> None:
        if self.retired:
            return
        self.retired = True
        log.info("worker.draining", running=len(self.running), seconds=DRAIN)
        if self.sweeping is not None:
            self.sweeping.cancel()  # it would take what we hand back, and keep it from the others for a lease
        self.loop.call_later(DRAIN, self._cancel)

    def _cancel(self) -> None:
        for task in self.running:
            task.cancel()
        if self.running:  # redis-py swallows a cancellation that meets it while connecting
            self.loop.call_later(2.0, self._cancel)

    def close(self) -> None:
        """Wait for the last attempts, also those that Celery knows nothing of, and let everything go."""
        self.wait(self._ended())
        self.wait(self._let_go(), 5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)

    async def _ended(self) -> None:
        self._retire()  # Celery may have ended by itself
        if self.running:
            await asyncio.wait(self.running, timeout=DRAIN + LAST)

    async def _let_go(self) -> None:
        for delivery in self.services.deliveries.values():
            await delivery.close()
        await self.services.redis.aclose()
