"""Redis dies, freezes, hangs half-open, fills up, comes back empty: Slack is told in time, and what was promised is kept."""

import asyncio
import resource
import shutil
import signal
import time
from contextlib import asynccontextmanager

import pytest

from core.texts import say
from tests.chaos.office import CHANNEL, Office
from tests.conftest import RedisServer
from tests.platforms.slack.standin import Sent

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

HEALED = 35.0  # seconds until a worker consumes again whatever happened to its connections


def refused(*asked: Sent) -> set[int]:
    """What Slack was told instead of 200: 503, so that it asks again, and never nothing for as long as it waits (0)."""
    return {reply.status for sent in asked for attempts in sent.replies for reply in attempts} - {200}


async def woken(here: Office, seconds: float) -> list[Sent]:
    """Questions, one after the other until each worker has got one by a wake-up."""
    before, asked = {name: here.doors.proxies[name].brought for name in here.workers}, list[Sent]()
    ends = time.monotonic() + seconds
    while not all(here.doors.proxies[name].brought > before[name] for name in here.workers):
        assert time.monotonic() < ends, f"a worker does not consume {seconds} s later"
        asked.append(await here.ask(1000 + int(ends) + len(asked)))
        await asyncio.sleep(0.5)
    return asked


async def restart(here: Office, server: RedisServer) -> None:
    await asyncio.to_thread(server.start)
    await here.redis.connection_pool.disconnect()  # those of before


async def test_while_redis_is_down_slack_is_told_so_and_the_answers_come_when_it_is_back(here, mortal: RedisServer):
    before = await here.ask(1)
    await asyncio.to_thread(mortal.stop)
    asking = [asyncio.create_task(here.ask(number)) for number in (2, 3)]
    await asyncio.sleep(1.5)
    assert here.stack.get("/healthz")[0] == 200 and here.stack.get("/readyz")[0] == 503
    await restart(here, mortal)
    during = await asyncio.gather(*asking)
    assert refused(*during) == {503}
    after = await woken(here, 15.0)
    await here.faultless(before, *during, *after)
    assert all(process.poll() is None for process in here.stack.processes.values()), "a process died of it"


async def test_while_redis_is_frozen_slack_is_told_so_and_the_answers_come_when_it_thaws(here, mortal: RedisServer):
    before = await here.ask(11)
    mortal.signal(signal.SIGSTOP)
    asking = [asyncio.create_task(here.ask(number)) for number in (12, 13)]
    await asyncio.sleep(6.0)  # longer than a lease
    mortal.signal(signal.SIGCONT)
    during = await asyncio.gather(*asking)
    assert refused(*during) == {503}
    await here.faultless(before, *during)


async def test_wake_ups_that_are_lost_in_a_dying_connection_are_made_up_for_by_the_sweeper(here):
    doors = [here.doors.proxies[name] for name in here.workers]
    for door in doors:
        door.losing = 3
    asked = await asyncio.gather(*(here.ask(30 + number, times=1) for number in range(8)))
    await here.faultless(*asked)
    assert sum(door.lost for door in doors) >= 2
    for door in doors:
        door.losing = 0


async def test_a_full_redis_takes_nothing_new_and_what_was_begun_is_answered(here):
    here.model.thinks = (2.0, 2.0)
    begun = await here.ask(40, times=1)
    await asked_the_model(here, 40)
    async with full(here):
        asking = asyncio.create_task(here.ask(41))
        await here.answered(begun, 20)
        await here.until(lambda: reads(here), 10)
        await asyncio.sleep(1.0)
    here.model.thinks = (0.2, 0.4)
    later = await asking
    assert refused(later) == {503}
    await here.faultless(begun, later)
    assert await logged(here, "OutOfMemoryError"), "nobody was alarmed"


async def test_a_disk_that_is_full_stops_promises_and_nothing_else(here, mortal: RedisServer):
    """Redis refuses writes whose append-only file cannot grow (MISCONF)."""
    before = await here.ask(50)
    await here.faultless(before)
    with small_disk(mortal):
        await here.until(lambda: misconfigured(here), 20)
        asking = asyncio.create_task(here.ask(51))
        await asyncio.sleep(3.0)
        assert here.stack.get("/healthz")[0] == 200
    during = await asking
    assert refused(during) == {503}
    await here.faultless(before, during)


async def test_a_redis_that_comes_back_empty_costs_what_was_in_flight_and_no_more(here, mortal: RedisServer):
    before = await here.ask(60)
    await here.faultless(before)
    here.model.thinks = (4.0, 4.0)
    lost = await here.ask(61)
    await asked_the_model(here, 61)
    await asyncio.to_thread(mortal.stop)
    shutil.rmtree(mortal.folder / "appendonlydir")
    await restart(here, mortal)
    here.model.thinks = (0.2, 0.4)
    forget = await here.slack.mention("U0TOM", CHANNEL, "forget", thread=before.ts)
    await here.until(lambda: says(here, before, say("forgotten_nothing", "ko"), say("forgotten_nothing", "en")), 30)
    after = await here.ask(62)
    await here.faultless(after)
    assert await here.record(lost) == {} and forget.statuses == [200, 200]
    await here.until(lambda: logged(here, "job.vanished"), 30)
    again = await here.slack.redeliver(lost, kinds=("app_mention",))  # as Slack does with what it got no 200 for
    await here.answered(again, 30)
    assert all(process.poll() is None for process in here.stack.processes.values()), "a process died of it"


async def test_half_open_connections_cost_at_most_seconds_and_celery_consumes_again_within_35(here):
    for door in here.doors.proxies.values():
        door.freeze(whole=False)
    asked = await woken(here, HEALED)
    await here.faultless(*asked)
    assert max(here.seen(sent).seconds for sent in asked) < HEALED


async def asked_the_model(here: Office, number: int) -> None:
    async def asked() -> bool:
        return any(f"({number})" in str(request) for request in here.model.requests)

    await here.until(asked, 20)


async def reads(here: Office) -> bool:
    """What only reads goes on: here, how many workers there are."""
    status, told = await asyncio.to_thread(here.stack.get, "/readyz")
    return status == 200 and bool(told["workers"])


async def logged(here: Office, event: str) -> bool:
    return any(event in file.read_text() for file in here.stack.folder.glob("*.log"))


async def says(here: Office, sent: Sent, *texts: str) -> bool:
    return any(message.text in texts for message in here.slack.visible(sent.channel, sent.ts))


async def misconfigured(here: Office) -> bool:
    info = await here.redis.info("persistence")
    return info["aof_last_write_status"] != "ok"


@asynccontextmanager
async def full(here: Office):
    """No memory is left."""
    await here.redis.config_set("maxmemory", 1)
    try:
        yield
    finally:
        await here.redis.config_set("maxmemory", 0)


class small_disk:  # noqa: N801
    """Files of Redis cannot grow."""

    def __init__(self, server: RedisServer) -> None:
        self._pid = server.process.pid

    def __enter__(self) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))

    def __exit__(self, *_: object) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
