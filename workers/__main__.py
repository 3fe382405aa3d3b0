"""`python -m workers answers,maintenance`: one worker process for some queues."""

import os
import signal
import sys

from core.broker import QUEUES
from core.errors import DaedapError, SettingsError
from core.health import worker_name
from core.settings import load_settings
from core.telemetry import configure
from workers.app import celery_worker, serve
from workers.ceiling import watch_memory
from workers.runtime import Runtime

STUCK = 30.0  # seconds a Celery thread waits beyond an attempt's own deadline


def run(queues: str) -> None:
    """Work until SIGTERM; raises SettingsError and its kin before anything is consumed."""
    unknown = set(queues.split(",")) - set(QUEUES.values())
    if unknown:
        raise SettingsError(
            f"queues = {queues!r}: {', '.join(unknown)} unknown; choose from {', '.join(sorted(set(QUEUES.values())))}"
        )
    settings = load_settings()
    if (url := settings.redis_url) is None:
        raise SettingsError("REDIS_URL is not set: a worker alone needs a Redis; `daedap up` brings its own")
    configure(os.environ.get("DAEDAP_LOG", "INFO"))
    if "answers" not in queues:
        settings = settings.model_copy(update={"llm": "quote"})  # LangChain is 35 MB that nobody would use
    name = worker_name(queues)
    concurrency = 2 if queues == "reindex" else settings.concurrency
    deadline = None if queues == "reindex" else settings.answer_seconds + STUCK
    signal.signal(signal.SIGTERM, _leave)  # Celery takes seconds to set its own, and the sweeper works meanwhile
    runtime = Runtime(settings, deadline=deadline, places=concurrency)
    try:
        watch_memory(settings.worker_megabytes, runtime.in_hand)
        runtime.sweep(name=name, queues=queues)
        if "answers" in queues:
            runtime.warm()
        app = celery_worker(url, runtime.wake, runtime.retire)
        serve(app, name=name, queues=queues, concurrency=concurrency)
    finally:
        runtime.close()


def _leave(*_: object) -> None:
    sys.exit(0)


if __name__ == "__main__":
    try:
        run(sys.argv[1] if len(sys.argv) > 1 else ",".join(sorted(set(QUEUES.values()))))
    except DaedapError as error:
        sys.exit(f"error: {error}")
