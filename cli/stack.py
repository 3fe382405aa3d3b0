"""Brings Redis and a crew of programs up, keeps them, and takes them down in order when a signal says so."""

import asyncio
import http.client
import signal
import time

from cli.embedded_redis import forget_address, prepare, until_it_answers
from cli.ports import require_free
from cli.single import only_one
from cli.supervisor import Crew as Crew
from cli.supervisor import Supervisor
from cli.terminal import Terminal
from cli.vitals import ask
from core.connect import check, connect, hide_password
from core.settings import Settings

IMPATIENT = 15.0  # seconds without /readyz after which the person is told what it says


def serve(settings: Settings, crew: Crew, terminal: Terminal) -> None:
    """Run the crew until SIGINT, SIGTERM or SIGHUP; no child is left when this returns or raises.

    Raises SettingsError, before anything is started, where another one serves this data folder or this address.
    """
    with only_one(settings.data_dir):
        require_free(settings.host, settings.port)
        asyncio.run(_run(settings, crew, terminal))


async def _run(settings: Settings, crew: Crew, terminal: Terminal) -> None:
    supervisor = Supervisor(terminal)
    stopping = _stop_signals(supervisor, terminal)
    work = asyncio.create_task(_bring_up(settings, crew, supervisor=supervisor, terminal=terminal))
    stopped = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()  # raises what went wrong
        await stopped
    finally:
        work.cancel()
        await asyncio.wait((work,))
        await supervisor.stop()
        forget_address(settings.data_dir)


def _stop_signals(supervisor: Supervisor, terminal: Terminal) -> asyncio.Event:
    """The event that is set by the first signal; the second one ends the waiting."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop() -> None:
        if stopping.is_set():
            supervisor.hurry()
            return
        stopping.set()  # before a word is said: at SIGHUP the terminal is gone
        terminal.say("stopping: the bot, the workers (they finish or hand back what they hold), then Redis")

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    return stopping


async def _bring_up(settings: Settings, crew: Crew, *, supervisor: Supervisor, terminal: Terminal) -> None:
    url = await _redis(settings, supervisor, terminal)
    for group in crew.programs(url):
        await supervisor.start(*group)
    await _until_ready(settings, terminal)
    terminal.say(f"serving on http://{settings.bind}; logs in {settings.data_dir / 'logs'}")
    [problem] = await asyncio.gather(crew.greet(url), return_exceptions=True)
    if isinstance(problem, Exception):  # a greeting that fails is no reason to stop serving
        terminal.say(f"the sample questions could not be asked: {type(problem).__name__}: {problem}")


async def _redis(settings: Settings, supervisor: Supervisor, terminal: Terminal) -> str:
    """The address of a Redis that answers: the one that is set, never silently another, else our own."""
    if settings.redis_url:
        client = connect(settings.redis_url, connections=1)
        try:
            await check(client, settings.redis_url)
        finally:
            await client.aclose()
        terminal.say(f"Redis: {hide_password(settings.redis_url)}")
        return settings.redis_url
    redis = await prepare(settings.data_dir)
    await supervisor.start(redis.program)
    await until_it_answers(redis)
    terminal.say(f"Redis: {redis.server}, kept in {settings.data_dir / 'redis'}")
    return redis.url


async def _until_ready(settings: Settings, terminal: Terminal) -> None:
    told = time.monotonic()
    while (answer := await asyncio.to_thread(_readiness, settings)) != "ready":
        if time.monotonic() - told > IMPATIENT:
            terminal.say(f"still waiting for /readyz: {answer} (logs: {settings.data_dir / 'logs'})")
            told = time.monotonic()
        await asyncio.sleep(0.1)


def _readiness(settings: Settings) -> str:
    """The word ready, or what /readyz or the network says instead."""
    try:
        status, told = ask(settings, "/readyz")
    except OSError as error:
        return error.strerror or str(error)
    except http.client.HTTPException as error:
        return type(error).__name__
    return "ready" if status == http.HTTPStatus.OK else told
