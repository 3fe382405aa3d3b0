"""A browser, and the page on a real port; a suite that brings a whole Daedap overrides `base_url`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.e2e.page import CHROMIUM, Visit, chromium, visit
from tests.e2e.server import Site
from tests.e2e.server import site as running_site


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: apt-get install chromium fonts-noto-cjk")
    async with chromium() as found:
        yield found


@pytest.fixture
async def site(redis_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(redis_url, tmp_path) as running:
        yield running


@pytest.fixture
def base_url(site: Site) -> str:
    return site.url


@pytest.fixture
async def tab(browser: Browser, base_url: str) -> AsyncIterator[Visit]:
    """A visitor who must leave without a console error and without a request to anywhere else."""
    async with visit(browser, base_url) as opened:
        yield opened
    assert opened.problems == []
