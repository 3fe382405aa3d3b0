"""From a question to its posted answer, model time apart, beside an in-process bolt and LangChain chain over the same index."""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from aiohttp import web

from core.settings import SAMPLES, Settings
from retrieval.registry import Library
from retrieval.reindex import reindex
from tests.conftest import RedisServer, free_port
from tests.platforms.openai_server import OpenAIServer
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import Message
from tests.scenarios.conftest import PEOPLE, slack_environment
from tests.scenarios.stack import ROOT, Stack

QUESTIONS = (
    "배우자 출산휴가는 며칠인가요?",
    "How much is the learning budget per year?",
    "OB-120에 E204가 뜨면 먼저 무엇을 하나요?",
)
ANSWER = "문서에 그렇게 적혀 있습니다 [1]."
WARM = 6  # questions each before the first that counts
OURS, PEER = "daedap", "bolt + LangChain"


@dataclass
class TimedModel(OpenAIServer):
    """Says how long it took itself."""

    took: list[float] = field(default_factory=list)

    async def complete(self, request: web.Request) -> web.StreamResponse:
        began = time.perf_counter()
        try:
            return await super().complete(request)
        finally:
            self.took.append((time.perf_counter() - began) * 1000)


class Watched:
    """A Slack that notes when an answer stood there."""

    def __init__(self, slack: SlackStandIn) -> None:
        self.slack, self._there = slack, asyncio.Event()
        self._echo, slack.methods.told = slack.methods.told, self._told

    def _told(self, message: Message, change: str) -> None:
        if "[1]" in message.text and not self._there.is_set():
            self.at = time.perf_counter()
            self._there.set()
        self._echo(message, change)

    async def ask(self, text: str, url: str) -> float:
        """Milliseconds from the event to the answer."""
        self._there.clear()
        self.slack.bot_url = url
        began = time.perf_counter()
        await self.slack.mention("U0TOM", "C0ALL", text)
        async with asyncio.timeout(30):
            await self._there.wait()
        return (self.at - began) * 1000


async def main(options: argparse.Namespace, folder: Path) -> None:
    sources = {"samples": SAMPLES | {"path": str(ROOT / "samples")}}
    await reindex(Library(Settings(data_dir=folder, sources=sources)))
    redis, model = RedisServer(folder), TimedModel(reply=ANSWER)
    await model.start()
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        mine = {"DAEDAP_DATA_DIR": str(folder), "DAEDAP_EMBEDDER": "e5", "DAEDAP_LLM": "openai:test"}
        keys = {"OPENAI_API_KEY": "test-key", "OPENAI_BASE_URL": model.url}
        stack, port = Stack(folder, redis.url, **slack_environment(slack) | mine | keys), free_port()
        peer = subprocess.Popen(  # noqa: ASYNC220  starting one is quick
            [sys.executable, "-m", "bench.chain_peer", str(port)], cwd=ROOT, env=os.environ | stack.environment
        )
        try:
            stack.start_bot()
            stack.start_worker()
            await asyncio.to_thread(stack.until_ready)
            await asyncio.sleep(8)  # the peer imports LangChain
            urls = {OURS: f"{stack.url}/slack/events", PEER: f"http://127.0.0.1:{port}/slack/events"}
            show(await timed(options.questions, urls, watched=Watched(slack), model=model))
        finally:
            peer.kill()
            peer.wait()
            stack.stop()
            redis.stop()
            await model.stop()


async def timed(count: int, urls: dict[str, str], *, watched: Watched, model: TimedModel) -> dict[str, list[float]]:
    """Milliseconds without the model's; one question at a time, to each in turn."""
    times: dict[str, list[float]] = {OURS: [], PEER: []}
    for number in range(WARM + count):
        for name in (OURS, PEER) if number % 2 else (PEER, OURS):
            model.took.clear()
            question = f"{QUESTIONS[number % len(QUESTIONS)]} ({number})"
            whole = await watched.ask(question, urls[name])
            await asyncio.sleep(0.15)  # what follows an answer (memory, echoes) is over
            if number >= WARM:
                times[name].append(whole - sum(model.took))
    return times


def show(times: dict[str, list[float]]) -> None:
    for name, values in times.items():
        p10, p50, p95 = np.percentile(values, (10, 50, 95))
        print(f"{name}: {len(values)} questions, model time apart: p10 {p10:.1f}, p50 {p50:.1f}, p95 {p95:.1f} ms")
    ratios = [ours / theirs for ours, theirs in zip(times[OURS], times[PEER], strict=True)]
    print(f"ratio question by question: median {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=60)
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(main(parser.parse_args(), Path(place)))
