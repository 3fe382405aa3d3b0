"""`make chaos`: ten campaigns of 300 questions and every kill point ten times; goes on where it was stopped, and writes the table."""

import argparse
import asyncio
import contextlib
import io
import logging
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import structlog

from core.settings import SAMPLES, Settings
from retrieval.ingest import ingest
from retrieval.registry import Library
from tests.chaos.campaign import Campaign
from tests.chaos.office import office
from tests.chaos.points import POINTS, Point, run
from tests.chaos.results import TABLE, Book, code, table
from tests.conftest import RedisServer
from tests.scenarios.stack import ROOT


class Chaos:
    """Runs that are missing from the book, until the time is over."""

    def __init__(self, book: Book, knowledge: Path, ends: float) -> None:
        self.book, self.knowledge, self.ends, self.wrong = book, knowledge, ends, 0

    def over(self) -> bool:
        return time.monotonic() > self.ends

    async def rounds(self, campaigns: int, times: int) -> None:
        """A campaign and every point once, then again, so that a run that is stopped has seen some of all."""
        for number in range(1, max(campaigns, times) + 1):
            if (
                number <= campaigns
                and number not in {run["seed"] for run in self.book.runs("campaign")}
                and not self.over()
            ):
                await self._campaign(number)
            if missing := self._missing(min(number, times)):
                await self._points(missing)

    def _missing(self, times: int) -> list[Point]:
        done = [run["point"] for run in self.book.runs("point") if run["who"]]
        missing = [point for point in POINTS if done.count(point.name) < times]
        return sorted(missing, key=lambda point: point.way == "rush")  # a rush lasts for minutes

    async def _campaign(self, seed: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            server = _redis(Path(folder))
            try:
                async with office(
                    Path(folder), self.knowledge, server, thinks=(0.3, 1.2), workers=("one", "two"), DAEDAP_ATTEMPTS="5"
                ) as here:
                    found = await Campaign(here, server, seed).run(300, pause=0.3)
            finally:
                server.stop()
        self.wrong += not found.faultless
        print(f"campaign {seed}: {found}", file=sys.stderr)
        self.book.write("campaign", {"seed": seed, **asdict(found)})

    async def _points(self, points: list[Point]) -> None:
        """One after the other, a kill at a time, so that what is measured is that kill."""
        if self.over():
            return
        with tempfile.TemporaryDirectory() as folder:
            server = _redis(Path(folder))
            try:
                async with office(
                    Path(folder), self.knowledge, server, thinks=(1.2, 1.4), workers=("one", "two")
                ) as here:
                    for number, point in enumerate(points):
                        if self.over():
                            return
                        result = await run(here, point, number)
                        self.wrong += not result.kept
                        print(result, file=sys.stderr)
                        self.book.write("point", result.line())
                        await here.until(lambda: here.standing(2))
            finally:
                server.stop()


def _redis(folder: Path) -> RedisServer:
    (folder / "redis").mkdir()
    return RedisServer(folder / "redis")


async def index_samples(folder: Path) -> None:
    """An index of the samples, by words."""
    sources = {"samples": SAMPLES | {"path": str(ROOT / "samples")}}
    library = Library(Settings(data_dir=folder, embedder="none", sources=sources))
    writer = library.writer(rebuild=False)
    [source] = library.sources()
    await ingest(source, writer, bench=library.bench)
    writer.publish()
    writer.close()


async def _all(options: argparse.Namespace) -> int:
    book = Book(ROOT / "build" / "chaos.jsonl", code())
    if options.fresh:
        book.file.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        await index_samples(Path(folder))
        chaos = Chaos(book, Path(folder), time.monotonic() + options.minutes * 60)
        with contextlib.redirect_stdout(io.StringIO()):  # an office prints its logs when it closes
            await chaos.rounds(options.campaigns, options.times)
    TABLE.write_text(table(book))
    print(table(book))
    return chaos.wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--campaigns", type=int, default=10, help="of 300 questions")
    parser.add_argument("--times", type=int, default=10, help="runs of each kill point")
    parser.add_argument("--minutes", type=float, default=120, help="begin nothing new after this; run again to go on")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    logging.disable(logging.ERROR)  # a killed client is an error to the stand-ins' server
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    sys.exit(1 if asyncio.run(_all(parser.parse_args())) else 0)
