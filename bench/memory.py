"""What all of `daedap up` holds in memory, idle and under load, by process: `python -m bench.memory`."""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aiohttp import ClientSession
from rich.console import Console
from rich.table import Table

from tests.conftest import free_port
from tests.platforms.openai_server import OpenAIServer
from tests.scenarios.stack import ROOT

THINKS = 6.0  # seconds of the stand-in model, so that many questions wait in one worker
SETTLED = 20.0  # seconds after the first questions until it counts as idle
Figures = dict[str, tuple[float, float, float]]  # process -> PSS, RSS, anonymous, MB


async def main(options: argparse.Namespace, folder: Path) -> None:
    """A table: one line a process."""
    model = OpenAIServer(reply="유급 25일입니다 [1].", thinks=(THINKS, THINKS))
    await model.start()
    environment = os.environ | {"DAEDAP_DATA_DIR": str(folder / "data"), "DAEDAP_BIND": f"127.0.0.1:{free_port()}"}
    environment |= {"DAEDAP_LIMITS__PERSON": "0", "DAEDAP_LIMITS__CHANNEL": "0", "PYTHONUNBUFFERED": "1"}
    if options.model:
        environment |= {"DAEDAP_LLM": "openai:test", "OPENAI_API_KEY": "test-key", "OPENAI_BASE_URL": model.url}
    with (folder / "out").open("wb") as out:
        program = [str(Path(sys.executable).parent / "daedap"), "up"]
        process = subprocess.Popen(  # noqa: ASYNC220  starting one is quick
            program, cwd=ROOT, env=environment, stdout=out, stderr=out
        )
    try:
        until("Ctrl-C", folder / "out", process)
        await asyncio.sleep(SETTLED)
        idle = figures(folder)
        busy, seconds = await under_load(options, environment["DAEDAP_BIND"], folder)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        await model.stop()
    show(idle, busy)
    print(
        f"load: {options.questions} questions at {options.rate} a second through the page, all answered in {seconds:.0f} s"
    )


async def under_load(options: argparse.Namespace, bind: str, folder: Path) -> tuple[Figures, float]:
    """The most of each process while questions are asked at a steady rate and answered."""
    most: Figures = {}
    began = time.monotonic()
    async with ClientSession(f"http://{bind}") as page:
        asking = [asyncio.create_task(_ask(page, number, options.rate)) for number in range(options.questions)]
        while not all(task.done() for task in asking):
            await asyncio.sleep(1.0)
            for name, found in figures(folder).items():
                most[name] = tuple(map(max, most.get(name, found), found))  # type: ignore[assignment]
        await asyncio.gather(*asking)
    return most, time.monotonic() - began


async def _ask(page: ClientSession, number: int, rate: float) -> None:
    await asyncio.sleep(number / rate)
    asked = {"id": f"bench-{number:08d}", "text": f"배우자 출산휴가는 며칠인가요? ({number})"}
    async with page.post("/page/ask", json=asked) as reply:
        assert reply.status == 202, reply.status
        job = (await reply.json())["job"]
    async with page.get(f"/page/events/{job}") as events:
        async for line in events.content:
            if line.startswith(b"event: end"):
                return


def figures(folder: Path) -> Figures:
    """Every process of this data folder, by what it is."""
    found: Figures = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes() + (process / "cwd").readlink().__fspath__().encode()
            if str(folder).encode() not in told:
                continue
            words = (process / "cmdline").read_text().replace("\0", " ")
            rollup = (process / "smaps_rollup").read_text()
        except OSError:
            continue
        values = {line.split()[0]: int(line.split()[1]) / 1024 for line in rollup.splitlines()[1:]}
        found[_name(words)] = (values["Pss:"], values["Rss:"], values["Anonymous:"])
    return found


def _name(words: str) -> str:
    names = {"valkey": "redis", "-m bot": "bot", "workers reindex": "reindexer", "workers": "worker", "daedap up": "up"}
    return next((name for part, name in names.items() if part in words), words[:40])


def until(said: str, file: Path, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 180
    while said not in file.read_text():
        assert time.monotonic() < ends, file.read_text()
        assert process.poll() is None, file.read_text()
        time.sleep(0.2)


def show(idle: Figures, busy: Figures) -> None:
    table = Table("process", "idle PSS", "RSS", "anonymous", "busy PSS", "RSS", "anonymous", title="MB")
    for name in sorted(idle.keys() | busy.keys()):
        table.add_row(name, *(f"{v:.0f}" for v in (*idle.get(name, (0, 0, 0)), *busy.get(name, (0, 0, 0)))))
    sums = [sum(values) for when in (idle, busy) for values in zip(*when.values(), strict=True)]
    table.add_row("all", *(f"{value:.0f}" for value in sums))
    Console(width=100).print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=600)
    parser.add_argument("--rate", type=float, default=20.0, help="questions a second")
    parser.add_argument("--model", action="store_true", help="with a six-second stand-in model, which loads LangChain")
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(main(parser.parse_args(), Path(place)))
