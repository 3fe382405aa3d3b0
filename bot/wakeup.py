"""The wake-up: a Celery message with the job id only, sent off the loop, allowed to fail (the sweeper heals it)."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from celery import Celery

from core.broker import QUEUES, TASK, configuration

log = structlog.get_logger()

AFTER = 0.002  # seconds: the acknowledgement leaves first, for a thread beside it holds the interpreter (bench.ack: a third of p50)
PENDING = 1_000  # wake-ups waiting for a hung broker; more are left to the sweeper


class Wakeup:
    """Sends wake-ups from a few threads of its own; `send` never blocks and never raises."""

    def __init__(self, url: str) -> None:
        self._celery = Celery("daedap-bot", set_as_current=False)
        self._celery.conf.update(configuration(url, publisher=True))
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="wakeup")
        self._pending, self._closed = 0, False

    def send(self, kind: str, job: str) -> None:
        """Wake a worker of the queue that `kind` belongs to, from the event loop."""
        if self._pending >= PENDING:
            log.warning("wakeup.skipped", job=job, pending=self._pending)
            return
        self._pending += 1
        asyncio.get_running_loop().call_later(AFTER, self._submit, QUEUES[kind], job)

    def _submit(self, queue: str, job: str) -> None:
        if not self._closed:
            self._threads.submit(self._publish, queue, job).add_done_callback(self._published)

    def _publish(self, queue: str, job: str) -> None:
        self._celery.send_task(TASK, args=[job], queue=queue, ignore_result=True)

    def _published(self, future: "Future[None]") -> None:
        self._pending -= 1
        if error := future.exception():
            log.warning("wakeup.failed", reason=type(error).__name__)

    def close(self) -> None:
        """Drop what has not been sent; the sweeper wakes those jobs."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
