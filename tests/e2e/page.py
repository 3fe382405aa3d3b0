"""The page as a person meets it, in a real browser; it keeps what no page of ours may do."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, async_playwright, expect

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium, headless."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


class Visit:
    """One tab on the page at `base_url`. `problems` fills with console errors and with requests to anywhere else."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page, self.base_url = page, base_url
        self.problems: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        page.on("request", lambda request: self._request(request.url))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text}")

    def _request(self, url: str) -> None:
        if urlsplit(url).scheme != "data" and urlsplit(url).hostname != "127.0.0.1":
            self.problems.append(f"request: {url}")

    async def open(self, path: str = "/") -> None:
        await self.page.goto(self.base_url + path)
        await expect(self.page.locator("html")).to_have_attribute("data-ready", "")

    async def ask(self, question: str) -> Locator:
        """Types and sends a question; gives its turn."""
        turns = self.page.locator(".turn")
        before = await turns.count()
        await self.box.fill(question)
        await self.box.press("Enter")
        await expect(turns).to_have_count(before + 1)
        return turns.nth(before)

    async def answered(self, turn: Locator) -> Locator:
        """Waits for the answer; gives its words."""
        words = turn.locator(".answer")
        await expect(words).not_to_have_attribute("aria-busy", "true", timeout=30_000)
        return words

    async def cite(self, turn: Locator, number: int) -> None:
        """Opens a citation from its mark in the text."""
        await turn.locator("sup button").filter(has_text=re.compile(rf"^{number}$")).first.click()

    async def photograph(self, folder: Path, name: str) -> None:
        """Keeps what it looks like as page-NAME.png."""
        await self.page.screenshot(path=folder / f"page-{name}.png", animations="disabled")

    @property
    def box(self) -> Locator:
        return self.page.locator("#composer textarea")

    @property
    def panel(self) -> Locator:
        return self.page.locator("#panel")


@asynccontextmanager
async def visit(browser: Browser, base_url: str, **options: object) -> AsyncIterator[Visit]:
    """A fresh visitor from Korea at a desk, unless `options` of the browser's context say otherwise."""
    wishes: dict[str, object] = {"viewport": DESK, "locale": "ko-KR", "reduced_motion": "reduce"}
    context: BrowserContext = await browser.new_context(**(wishes | options))  # type: ignore[arg-type]
    yield Visit(await context.new_page(), base_url)
    await context.close()
