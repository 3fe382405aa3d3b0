"""The Celery side of a worker: threads that only wait on coroutines of the one event loop that does the work."""

from collections.abc import Callable

from celery import Celery
from celery.signals import worker_shutting_down

from core.broker import TASK, configuration
from workers.transport import install


def celery_worker(url: str, wake: Callable[[str], None], retire: Callable[[], None]) -> Celery:
    """A Celery app whose one task hands a job id to `wake` (which blocks until the attempt is over).

    `retire` is called on SIGTERM: the threads pool cannot stop its tasks (reliability M11), so they must be ended for it.
    """
    install()
    app = Celery("daedap", set_as_current=False)
    app.conf.update(configuration(url, publisher=False))

    def task(job: str) -> None:
        wake(job)

    app.task(name=TASK)(task)

    def shutting_down(**_: object) -> None:
        retire()

    worker_shutting_down.connect(shutting_down, weak=False)
    return app


def serve(app: Celery, *, name: str, queues: str, concurrency: int) -> None:
    """Consume until SIGTERM or SIGINT; returns when everything in hand has ended."""
    app.worker_main(
        [
            *("worker", "--pool=threads", f"--concurrency={concurrency}", f"--queues={queues}", f"--hostname={name}"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=WARNING"),
        ]
    )
