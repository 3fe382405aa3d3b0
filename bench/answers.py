"""Times whole answers, from Slack's event to the visible text, through the bot, Redis, a Celery worker and a stand-in Slack."""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from core.settings import SAMPLES, Settings
from retrieval.registry import Library
from retrieval.reindex import reindex
from tests.conftest import RedisServer
from tests.platforms.slack.standin import SlackStandIn
from tests.scenarios.conftest import PEOPLE, slack_environment
from tests.scenarios.stack import ROOT, Stack
from tests.scenarios.test_load import resident

QUESTIONS = 60
PAUSE = 0.2  # seconds between two questions


async def main(folder: Path) -> None:
    """One line of figures; noisy: compare runs side by side only."""
    sources = {"samples": SAMPLES | {"path": str(ROOT / "samples")}}
    await reindex(Library(Settings(data_dir=folder, sources=sources)))
    redis = RedisServer(folder)
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        environment = slack_environment(slack) | {"DAEDAP_DATA_DIR": str(folder), "DAEDAP_EMBEDDER": "e5"}
        stack = Stack(folder, redis.url, **environment)
        try:
            stack.start_bot()
            worker = stack.start_worker()
            await asyncio.to_thread(stack.until_ready)
            slack.bot_url = f"{stack.url}/slack/events"
            await slack.answer(await slack.dm("U0TOM", "연차는 며칠인가요?"), within=60)  # loads the model
            asked = [asyncio.create_task(_ask(slack, number)) for number in range(QUESTIONS)]
            seconds = sorted(await asyncio.gather(*asked))
            memory = resident(worker.pid) / 1e6
        finally:
            stack.stop()
            redis.stop()
    p95 = seconds[int(len(seconds) * 0.95)]
    print(
        f"{QUESTIONS} questions, one every {PAUSE} s: p50 {statistics.median(seconds):.2f} s, p95 {p95:.2f} s; worker {memory:.0f} MB"
    )


async def _ask(slack: SlackStandIn, number: int) -> float:
    await asyncio.sleep(number * PAUSE)
    began = time.monotonic()
    question = ("배우자 출산휴가는 며칠인가요?", "How much is the learning budget per year?")[number % 2]
    await slack.answer(await slack.mention("U0TOM", "C0ALL", f"{question} {number}"), within=60)
    return time.monotonic() - began


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(main(Path(place)))
