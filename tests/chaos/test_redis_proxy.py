"""The door to Redis does what its tests believe it does."""

import asyncio

import pytest
from redis.exceptions import ConnectionError as Gone
from redis.exceptions import TimeoutError as Silent

from core.connect import connect
from core.ledger import Ledger
from tests.chaos.office import as_admitted
from tests.chaos.redis_proxy import RedisProxy
from tests.chaos.resp import SCRIPTS, Command, Commands
from tests.platforms.slack.standin import Sent


@pytest.fixture
async def door(redis_server, redis_url):
    proxy = RedisProxy(redis_server.port)
    await proxy.start()
    yield proxy
    await proxy.stop()


@pytest.fixture
async def behind(door: RedisProxy):
    """A client on this side of the door, and impatient."""
    client = connect(door.url, timeout=0.5)
    yield client
    await client.aclose()


def test_commands_are_found_wherever_the_bytes_are_cut():
    sent = b"*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n*1\r\n$4\r\nPING\r\n"
    for cut in range(len(sent)):
        commands = Commands()
        found = commands.feed(sent[:cut]) + commands.feed(sent[cut:])
        assert [command.parts for command in found] == [(b"GET", b"a\r\nb"), (b"PING",)]
        assert b"".join(command.raw for command in found) == sent


async def test_our_scripts_are_known_by_name(door: RedisProxy, behind):
    seen: list[str] = []

    async def watch(command: Command, _when, _reply: bytes) -> bool:
        seen.append(command.name)
        return True

    door.watch = watch
    question = as_admitted(Sent("C1", "1.0", "1.0"), 1)
    assert await Ledger(behind).admit(question) and await Ledger(behind).claim(question.job)
    assert {"admit", "claim"} <= set(seen)
    assert {"admit", "claim", "renew", "put", "settle", "finish", "sweep", "remember"} <= set(SCRIPTS.values())


async def test_half_open_connections_never_answer_and_new_ones_do(door: RedisProxy, behind):
    assert await behind.ping()
    door.freeze(whole=False)
    with pytest.raises(Silent):
        await behind.ping()
    assert await behind.ping(), "a new connection"


async def test_what_is_wholly_frozen_thaws(door: RedisProxy, behind):
    door.freeze(whole=True)
    with pytest.raises(Silent):
        await behind.ping()
    door.thaw()
    assert await behind.ping()


async def test_refused_and_cut_connections_end_at_once(door: RedisProxy, behind):
    assert await behind.ping()
    door.refusing = True
    door.cut()
    with pytest.raises(Gone):
        await behind.ping()
    door.refusing = False
    assert await behind.ping()


async def test_a_slow_door_delays_both_ways(door: RedisProxy, behind):
    assert await behind.ping()
    door.latency = 0.1
    began = asyncio.get_running_loop().time()
    assert await behind.ping()
    assert asyncio.get_running_loop().time() - began >= 0.2


@pytest.mark.parametrize(("when", "kept"), [("before", None), ("after", "x")])
async def test_a_command_that_is_stopped_has_happened_or_not(door: RedisProxy, behind, redis, when: str, kept):
    async def watch(command: Command, now, _reply: bytes) -> bool:
        return (command.name, now) != ("set", when)

    door.watch = watch
    with pytest.raises(Gone):
        await behind.set("key", "x")
    assert await redis.get("key") == kept


async def test_wake_ups_get_lost_and_other_replies_do_not(door: RedisProxy, behind, redis):
    door.losing = 1
    await redis.lpush("queue", "plain")
    assert tuple(await behind.brpop(["queue"], timeout=1)) == ("queue", "plain")
    await redis.lpush("queue", '{"correlation_id": "1"}')
    with pytest.raises(Gone):
        await behind.brpop(["queue"], timeout=1)
    assert (door.lost, door.losing, await redis.llen("queue")) == (1, 0, 0)
