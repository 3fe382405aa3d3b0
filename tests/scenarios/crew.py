"""A whole `daedap up` beside a stand-in Slack, whose children tests may stop, hang and kill."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import redis as blocking_redis

from tests.conftest import free_port
from tests.platforms.slack.standin import SlackStandIn
from tests.scenarios.conftest import PEOPLE, slack_environment
from tests.scenarios.stack import ROOT

LEAVE = "배우자 출산휴가는 며칠인가요?"


class Crew:
    """A whole `daedap up` beside a Slack."""

    def __init__(self, folder: Path, knowledge: Path, slack: SlackStandIn, **more: str) -> None:
        self.data, self.slack = folder / "data", slack
        shutil.copytree(knowledge, self.data)
        self.out = folder / "out"
        port = free_port()
        environment = os.environ | slack_environment(slack)
        environment |= {"DAEDAP_DATA_DIR": str(self.data), "DAEDAP_BIND": f"127.0.0.1:{port}", "LANG": "C.UTF-8"}
        environment |= {"DAEDAP_EMBEDDER": "none", "DAEDAP_LEASE_SECONDS": "3", "COLUMNS": "300"}
        environment |= {"PYTHONPATH": str(ROOT / "tests" / "shims"), **more}
        slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
        with self.out.open("wb") as out:
            command = [str(Path(sys.executable).parent / "daedap"), "up"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)

    @property
    def said(self) -> str:
        return self.out.read_text()

    def pid(self, *words: str) -> int | None:
        """The child whose command line has these words."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                told = (process / "stat").read_text().rpartition(")")[2].split()
                line = (process / "cmdline").read_text().split("\0")
            except OSError:
                continue
            if int(told[1]) == self.process.pid and all(any(word in part for part in line) for word in words):
                return int(process.name)
        return None

    @property
    def worker(self) -> int | None:
        return self.pid("workers", "answers,maintenance")

    async def until(self, happens, seconds: float) -> float:
        begun = time.monotonic()
        while not happens():
            assert time.monotonic() - begun < seconds, self.said + self.logs()
            await asyncio.sleep(0.1)
        return time.monotonic() - begun

    def logs(self) -> str:
        return "\n".join(f"== {one.name}\n{one.read_text()[-2000:]}" for one in self.data.glob("logs/*.log"))

    async def replaced(self, name: str, why: str, seconds: float) -> None:
        await self.until(lambda: re.search(rf"{name} was replaced: .*{why}", self.said), seconds)

    def redis(self) -> blocking_redis.Redis:
        return blocking_redis.Redis.from_url((self.data / "redis" / "url").read_text(), decode_responses=True)


@asynccontextmanager
async def crew_of(folder: Path, knowledge: Path, **more: str) -> AsyncIterator[Crew]:
    """One that has answered its first question."""
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        slack.sender.retries = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
        crew = Crew(folder, knowledge, slack, **more)
        try:
            await crew.until(lambda: "serving on" in crew.said, 60)
            await slack.answer(await slack.mention("U0TOM", "C0ALL", LEAVE), within=30)
            yield crew
        finally:
            crew.process.terminate()
            await asyncio.to_thread(crew.process.wait, 40)
            print(crew.said, crew.logs())
