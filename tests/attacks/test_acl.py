"""A72: under deploy/redis/users.acl.example everything works, and nobody gets at what is not theirs."""

import asyncio
import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from core import keys
from core.connect import connect
from tests.conftest import RedisServer, valkey_binary
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import TEAM
from tests.scenarios.conftest import ADMIN, PEOPLE, slack_environment
from tests.scenarios.stack import ROOT, Stack

RULES = ROOT / "deploy" / "redis" / "users.acl.example"
QUESTION = "배우자 출산휴가는 며칠인가요?"
WITNESS = "user witness on >witness ~* +@all"  # the test's own eyes


class GuardedServer(RedisServer):
    """A real server that knows only the users of a file."""

    def start(self) -> None:
        users = self.folder / "users.acl"
        rules = [line for line in RULES.read_text().splitlines() if line.startswith("user ")]
        users.write_text("\n".join([*rules, WITNESS]) + "\n")
        command: list[str | Path] = [
            valkey_binary(),
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            self.folder,
            "--save",
            "",
        ]
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen([*command, "--aclfile", users], stdout=log)
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)

    def url_of(self, user: str) -> str:
        password = "witness" if user == "witness" else f"change-me-{user.removeprefix('daedap-')}"
        return f"redis://{user}:{password}@127.0.0.1:{self.port}/0"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedServer]:
    (tmp_path / "redis").mkdir()
    server = GuardedServer(tmp_path / "redis")
    yield server
    server.stop()


@dataclass
class Roles:
    bot: Redis
    worker: Redis
    neighbour: Redis
    witness: Redis
    nobody: Redis


@pytest.fixture
async def roles(guarded: GuardedServer):
    names = ["daedap-bot", "daedap-worker", "neighbour", "witness"]
    clients = [connect(guarded.url_of(name)) for name in names] + [connect(guarded.url)]
    yield Roles(*clients)
    for client in clients:
        await client.aclose()


async def test_a72_the_whole_stack_works_and_is_never_denied_anything(knowledge, guarded, roles, tmp_path):
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        environment = slack_environment(slack) | {"DAEDAP_DATA_DIR": str(knowledge), "DAEDAP_LIMITS__PERSON": "20"}
        bot = Stack(tmp_path, guarded.url_of("daedap-bot"), **environment)
        worker = Stack(tmp_path, guarded.url_of("daedap-worker"), **environment)
        try:
            bot.start_bot()
            worker.start_worker()
            worker.start_worker("reindexer", "reindex")
            await asyncio.to_thread(bot.until_ready)
            slack.bot_url = f"{bot.url}/slack/events"
            await everything(slack, bot)
        finally:
            print(bot.logs(), await roles.witness.acl_log())
            bot.stop()
            worker.stop()
    denied = [entry for entry in await roles.witness.acl_log() if entry["object"] != "config|get"]
    assert denied == [], "CONFIG is asked for and done without; anything else is needed"


async def everything(slack: SlackStandIn, bot: Stack) -> None:
    """One of each thing that people do in Slack."""
    sent = await slack.mention("U0TOM", "C0ALL", QUESTION, times=2)
    answer = await slack.answer(sent)
    assert "25일" in answer.text
    assert "25일" in (await slack.answer(await slack.say("U0SUE", "C0ALL", QUESTION, thread=sent.ts))).text
    assert (await slack.click("U0TOM", "C0ALL", answer.ts, "feedback_good")).status == 200
    assert (await slack.slash(ADMIN, "C0ALL", "/daedap", "status")).status == 200
    await slack.answer(await slack.mention("U0TOM", "C0ALL", "forget", thread=sent.ts))
    assert (await slack.slash("U0TOM", "C0ALL", "/daedap", "forget")).status == 200
    assert (await slack.slash(ADMIN, "C0ALL", "/reindex", "start")).body == ""
    await asyncio.to_thread(
        bot.until, lambda: "모두 읽었" in str([m.text for m in slack.world.messages]), 60, "a reindex"
    )
    assert "admitted" in bot.logs() and "not_admitted" not in bot.logs()


RUINOUS = ["FLUSHALL", "FLUSHDB", "CONFIG SET save x", "CONFIG GET *", "SHUTDOWN NOSAVE", "KEYS *"]
RUINOUS += ["ACL LIST", "ACL SETUSER x on", "REPLICAOF 127.0.0.1 1", "MODULE LIST", "SCRIPT FLUSH", "SAVE", "MONITOR"]
RUINOUS += [
    "CLIENT KILL TYPE normal",
    "CLIENT LIST",
    "MIGRATE 127.0.0.1 1 k 0 1",
    "SWAPDB 0 1",
    "BGREWRITEAOF",
    "LATENCY RESET",
]
RUINOUS += ["EVAL return 0", "FUNCTION FLUSH", "SUBSCRIBE x", "CLIENT PAUSE 1000", "SLOWLOG GET"]


@pytest.mark.parametrize("command", RUINOUS)
async def test_a72_no_role_may_ruin_the_server(roles, command):
    for client in (roles.bot, roles.worker, roles.neighbour):
        with pytest.raises(NoPermissionError):
            await client.execute_command(*command.split(), *(["0"] if command.startswith("EVAL") else []))


JOB = keys.job(TEAM, f"slack:{TEAM}:C0ALL:1.1")


@pytest.mark.parametrize(
    "words",
    [
        ["HGETALL", JOB],
        ["HSET", JOB, "state", "open"],
        ["DEL", JOB],
        ["EXPIRE", JOB, "1"],
        ["COPY", JOB, "cache:stolen"],
        ["RENAME", JOB, "cache:stolen"],
        ["ZADD", keys.due(TEAM), "1", "x"],
        ["LPUSH", "daedap:celery:answers", "x"],
        ["ZRANGE", keys.memory(f"slack:{TEAM}:C0ALL:1.1"), "0", "-1"],
        ["SET", keys.REINDEX_LOCK, "x"],
        ["XRANGE", keys.events("playground:local:page:1"), "-", "+"],
        ["SORT", "cache:list", "BY", "daedap:*"],
    ],
    ids=lambda words: f"{words[0]} {words[1].split(':')[-1][:8]}",
)
async def test_a72_a_neighbour_touches_nothing_of_ours(roles, words):
    await roles.witness.hset(JOB, "state", "done")
    with pytest.raises((NoPermissionError, ResponseError)) as refused:
        await roles.neighbour.execute_command(*words)
    assert "permission" in str(refused.value) or "denied" in str(refused.value)
    await roles.neighbour.set("cache:own", "1")


async def test_a72_the_bot_reads_no_conversation_and_nobody_comes_without_a_name(roles):
    said = keys.memory(f"slack:{TEAM}:C0ALL:1.1")
    await roles.worker.zadd(said, {"turn": 1})
    for words in (
        ["ZRANGE", said, "0", "-1"],
        ["DEL", said],
        ["SET", "daedap:worker:forged", "1"],
        ["GET", "cache:own"],
    ):
        with pytest.raises(NoPermissionError):
            await roles.bot.execute_command(*words)
    with pytest.raises(AuthenticationError):
        await roles.nobody.get("cache:own")


def test_a72_the_example_holds_no_password_of_anybodys():
    assert {word for word in RULES.read_text().split() if word.startswith(">")} == {
        ">change-me-bot",
        ">change-me-worker",
        ">change-me-neighbour",
    }
    assert os.access(RULES, os.R_OK)
