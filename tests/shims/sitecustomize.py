"""Put on PYTHONPATH, makes a real process of ours misbehave on demand: a wrong clock, a hung thread or loop, poisonous questions."""

import asyncio
import os
import signal
import sys
import threading
import time

EVER = 1_000_000.0
CELERY_HANGS = signal.SIGRTMIN + 1  # the main thread, which consumes wake-ups
LOOP_HANGS = signal.SIGRTMIN + 2  # the event loop on which all work runs
CHUNK = 16 * 1024 * 1024


def skew(seconds: float) -> None:
    """This host's clock is ahead by so much."""
    real = time.time
    time.time = lambda: real() + seconds


def hang_loop(*_: object) -> None:
    [loop] = [thread for thread in threading.enumerate() if thread.name == "loop"]
    vars(loop)["_target"].__self__.call_soon_threadsafe(time.sleep, EVER)


def eat() -> None:
    """Two gigabytes."""
    eaten: list[bytearray] = []
    while len(eaten) < 2 * 1024**3 // CHUNK:
        eaten.append(bytearray(os.urandom(1)) * CHUNK)
        time.sleep(0.005)
    time.sleep(EVER)


async def swallow(text: str) -> None:
    """What a question that holds one of these words does to the worker that answers it."""
    if "POISON-CRASH" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "POISON-EAT" in text:
        await asyncio.to_thread(eat)
    if "POISON-HANG" in text:
        await asyncio.sleep(EVER)
    if "POISON-BLOCK" in text:
        time.sleep(EVER)  # noqa: ASYNC251  the loop hangs: that is the fault


def poison() -> None:
    import workers.answer as pipeline  # noqa: PLC0415  only in workers

    made = pipeline.answer

    async def answer(question, *more):
        await swallow(question.text)
        return await made(question, *more)

    pipeline.answer = answer


if "TEST_CLOCK" in os.environ:
    skew(float(os.environ["TEST_CLOCK"]))
if "workers" in sys.orig_argv:
    signal.signal(CELERY_HANGS, lambda *_: time.sleep(EVER))
    signal.signal(LOOP_HANGS, hang_loop)
    if "TEST_POISON" in os.environ:
        poison()
