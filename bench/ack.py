"""How soon an event is acknowledged, beside a bare bolt app that does nothing else: `python -m bench.ack`."""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.rate import Rate, post
from tests.conftest import RedisServer, free_port
from tests.platforms.slack import payloads
from tests.platforms.slack.sender import sign
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import BOT_TOKEN, SECRET, Message
from tests.scenarios.stack import ROOT, Stack

OURS, BARE = "daedap", "bare bolt"
WARM = 200  # events before the first round


async def main(options: argparse.Namespace, folder: Path) -> None:
    """Ours and the bare app in turn, the other one idle meanwhile."""
    redis = RedisServer(folder)
    async with SlackStandIn() as slack:
        keys = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": slack.api_url}
        stack = Stack(folder, redis.url, **keys, DAEDAP_LIMITS__PERSON="20", DAEDAP_LIMITS__CHANNEL="60")
        stack.start_bot()
        port = free_port()
        bare = subprocess.Popen(  # noqa: ASYNC220  starting one is quick
            [sys.executable, "-m", "bench.bolt", str(port)],
            cwd=ROOT,
            env={**os.environ, **keys, "PYTHONUNBUFFERED": "1"},
        )
        try:
            await asyncio.to_thread(stack.until, lambda: stack.get("/healthz")[0] == 200, 30, "the bot listens")
            await asyncio.sleep(2)
            await rounds(options, {OURS: Rate(stack.port), BARE: Rate(port)})
        finally:
            bare.kill()
            bare.wait()
            stack.stop()
            redis.stop()


async def rounds(options: argparse.Namespace, senders: dict[str, Rate]) -> None:
    """A table: one line a round and app, then the medians."""
    times: dict[str, list[tuple[float, float]]] = {OURS: [], BARE: []}
    first = 0
    for sender in senders.values():
        await sender.send(event, first=first, count=WARM, per_second=options.rate)
        first += WARM
    table = Table("round", "app", "p50 ms", "p99 ms", "not 200")
    for number in range(options.rounds):
        for name, sender in list(senders.items())[:: 1 if number % 2 else -1]:
            count = int(options.rate * options.seconds)
            answers = await sender.send(event, first=first, count=count, per_second=options.rate)
            first += count
            p50, p99 = np.percentile([milliseconds for _, milliseconds in answers], (50, 99))
            times[name].append((p50, p99))
            table.add_row(str(number + 1), name, f"{p50:.2f}", f"{p99:.2f}", str(sum(s != 200 for s, _ in answers)))
    Console(width=100).print(table)
    for index, what in enumerate(("p50", "p99")):
        ours, bare = ([pair[index] for pair in times[name]] for name in (OURS, BARE))
        ratios = [one / other for one, other in zip(ours, bare, strict=True)]
        print(
            f"{what}: ours {statistics.median(ours):.2f} ms, bare bolt {statistics.median(bare):.2f} ms;"
            f" ratio by rounds {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f});"
            f" quietest round of each {min(ours):.2f} and {min(bare):.2f} ms, {min(ours) / min(bare):.2f}"
        )


def event(number: int) -> bytes:
    """A mention by a person and in a channel of their own, so that no limit is met."""
    ts = f"{1_800_000_000 + number}.000100"
    message = Message(
        f"C{number:09d}", ts, f"U{number:09d}", f"<@U0BOT> 배우자 출산휴가는 며칠인가요? {number}", [], ""
    )
    said = payloads.said("app_mention", message, None)  # type: ignore[arg-type]
    body = json.dumps(payloads.outer(said)).encode()
    return post("/slack/events", body, sign(body))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100, help="events a second")
    parser.add_argument("--seconds", type=float, default=8, help="of a round")
    parser.add_argument("--rounds", type=int, default=6)
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(main(parser.parse_args(), Path(place)))
