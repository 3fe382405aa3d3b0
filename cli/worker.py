"""`daedap worker`: the answering half alone, for containers and service managers."""

from typing import Annotated

import typer

from core.broker import QUEUES
from workers.__main__ import run

ALL = ",".join(sorted(set(QUEUES.values())))


def worker(queues: Annotated[str, typer.Argument(help="Which queues, separated by commas.")] = ALL) -> None:
    """Run one worker alone, until SIGTERM. Needs REDIS_URL."""
    run(queues)
