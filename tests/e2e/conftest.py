"""One browser for all visits, and for each test the page on a real port; they share a loop, as a browser belongs to one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser
from redis.asyncio import Redis

from core.connect import connect
from tests.e2e.page import CHROMIUM, Visit, chromium, visit
from tests.e2e.server import Site
from tests.e2e.server import site as running_site

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: apt-get install chromium fonts-noto-cjk")
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def site(redis_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(redis_url, tmp_path) as running:
        yield running


@pytest.fixture
def base_url(site: Site) -> str:
    return site.url


@pytest_asyncio.fixture(loop_scope="session")
async def tab(browser: Browser, base_url: str) -> AsyncIterator[Visit]:
    """A visitor who must leave without a console error and without a request to anywhere else."""
    async with visit(browser, base_url) as opened:
        yield opened
    assert opened.problems == []
