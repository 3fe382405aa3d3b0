"""The page as a person meets it, in a real browser; it keeps what no page of ours may do."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, async_playwright, expect

from tests.e2e.picture import keep

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
PHONE = {"width": 360, "height": 740}
PATIENCE = 30_000  # ms, for what waits for a worker: the machine may be busy with other tests
expect.set_options(timeout=15_000)  # for the same reason

# Read at import: a fixture takes DAEDAP_ variables away before each test. Without it a run never touches the tree.
DOCS = Path(__file__).parents[2] / "docs" if os.environ.get("DAEDAP_SCREENSHOTS") == "1" else None


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium, headless."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
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
        await self.ready()

    async def ready(self) -> None:
        """Waits until the page listens."""
        await expect(self.page.locator("html")).to_have_attribute("data-ready", "", timeout=PATIENCE)

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
        await expect(words).not_to_have_attribute("aria-busy", "true", timeout=PATIENCE)
        return words

    async def cite(self, turn: Locator, number: int) -> None:
        """Opens a citation from its mark in the text."""
        await turn.locator("sup button").filter(has_text=re.compile(rf"^{number}$")).first.click()

    async def switch_to(self, person: str) -> None:
        """Asks as another sample person from now on; "" is nobody."""
        await self.page.locator(".me").click()
        await self.page.locator(f'#people a[href="/{f"?as={person}" if person else ""}"]').click()
        await expect(self.page.locator("body")).to_have_attribute("data-as", person)
        await self.ready()

    async def faults(self) -> list[str]:
        """What axe-core finds serious or critical in the page as it is now."""
        found = await Axe().run(self.page)
        bad = [one for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
        return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in bad for node in one["nodes"]]

    async def fits(self) -> bool:
        """Nothing is wider than the window."""
        return bool(await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    async def photograph(self, folder: Path, name: str) -> None:
        """Keeps what it looks like as page-NAME.png."""
        await keep(self.page, folder / f"page-{name}.png")

    @property
    def box(self) -> Locator:
        return self.page.locator("#composer textarea")

    @property
    def panel(self) -> Locator:
        return self.page.locator("#panel")

    @property
    def threads(self) -> Locator:
        """The list's lines, newest first."""
        return self.page.locator("#threads li a")

    @property
    def reindexing(self) -> Locator:
        return self.page.locator("#reindexing")


@asynccontextmanager
async def visit(browser: Browser, base_url: str, **options: object) -> AsyncIterator[Visit]:
    """A fresh visitor from Korea at a desk, unless `options` of the browser's context say otherwise."""
    wishes: dict[str, object] = {"viewport": DESK, "locale": "ko-KR", "reduced_motion": "reduce"}
    context: BrowserContext = await browser.new_context(**(wishes | options))  # type: ignore[arg-type]
    try:
        yield Visit(await context.new_page(), base_url)
    finally:
        await context.close()
