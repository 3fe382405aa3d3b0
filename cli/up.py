"""`daedap up`: the whole of Daedap on this machine, with the page to try it on."""

import functools
import os
import sys
from typing import Any

from rich.console import Console

from cli.first_questions import greet
from cli.preflight import preflight
from cli.program import Program
from cli.stack import Crew, serve
from cli.terminal import Terminal
from cli.vitals import BotVital, WorkerVital
from core.settings import Settings, load_settings
from retrieval.registry import check

DRAIN = 20.0  # seconds a worker gets to finish or hand back its questions
WORKERS = {"worker": "answers,maintenance", "reindexer": "reindex"}  # reindexing never delays an answer


def up() -> None:
    """Start Redis, the workers, the bot and its page together; Ctrl-C stops them all."""
    settings = load_settings()
    check(settings)
    preflight(settings)
    serve(
        settings, Crew(functools.partial(_programs, settings), functools.partial(_greet, settings)), Terminal(Console())
    )


async def _greet(settings: Settings, redis_url: str) -> None:
    await greet(settings, redis_url, f"http://{settings.bind}")


def _programs(settings: Settings, redis_url: str) -> list[list[Program]]:
    environment = {**os.environ, "REDIS_URL": redis_url}

    def python(name: str, *arguments: str, **more: Any) -> Program:
        log = settings.data_dir / "logs" / f"{name}.log"
        return Program(name, (sys.executable, "-m", *arguments), log, environment, **more)

    workers = [
        python(name, "workers", queues, patience=DRAIN, vital=WorkerVital(redis_url, queues))
        for name, queues in WORKERS.items()
    ]
    return [workers, [python("bot", "bot", vital=BotVital(settings, redis_url))]]
