"""The whole stack over the sample handbook, beside a stand-in Slack; one start serves a module's scenarios."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from core.settings import SAMPLES, Settings
from retrieval.ingest import ingest
from retrieval.registry import Library
from tests.conftest import RedisServer
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import BOT_TOKEN, BOT_USER, SECRET, TEAM
from tests.scenarios.stack import ROOT, Stack

ADMIN = "U0MINA"
PEOPLE = {BOT_USER, ADMIN, "U0SUE", "U0TOM"}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an index of the samples, by words."""
    folder = tmp_path_factory.mktemp("knowledge")
    samples = {"samples": SAMPLES | {"path": str(ROOT / "samples")}}
    library = Library(Settings(data_dir=folder, embedder="none", sources=samples))
    writer = library.writer(rebuild=False)
    [source] = library.sources()
    report = await ingest(source, writer, bench=library.bench)
    writer.publish()
    writer.close()
    assert report.failed == 0 and report.added > 60
    return folder


@pytest.fixture(scope="module")
def module_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@dataclass
class Company:
    """A Slack workspace with Daedap in it."""

    slack: SlackStandIn
    stack: Stack
    redis_url: str


def slack_environment(slack: SlackStandIn) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": slack.api_url,
        "DAEDAP_ADMINS": f'["slack:{TEAM}:{ADMIN}"]',
        "DAEDAP_GROUPS": f'{{"hr": ["slack:{TEAM}:U0SUE"]}}',
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def company(
    knowledge: Path, module_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    """Bot and workers as processes, events over HTTP."""
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        environment = slack_environment(slack) | {"DAEDAP_DATA_DIR": str(knowledge)}
        stack = Stack(tmp_path_factory.mktemp("logs"), module_redis.url, **environment)
        stack.start_bot()
        stack.start_worker()
        stack.start_worker("reindexer", "reindex")
        try:
            await asyncio.to_thread(stack.until_ready)
            slack.bot_url = f"{stack.url}/slack/events"
            yield Company(slack, stack, module_redis.url)
        finally:
            print(stack.logs())  # pytest shows it when something failed
            stack.stop()
