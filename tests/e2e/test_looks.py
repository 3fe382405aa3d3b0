"""Every state of the page, visited in light and dark, at a desk and on a phone: axe-core finds no fault, every text can be read."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from core.texts import say
from tests.e2e.handbook import ASKED, ASKED_BAND
from tests.e2e.page import DOCS, PATIENCE, PHONE, Visit, visit
from tests.e2e.server import Site

CONTRAST = Path(__file__).with_name("contrast.js").read_text()
DESKS = {
    "light, Korean": {},
    "dark, English": {"color_scheme": "dark", "locale": "en-GB"},
}


class Tour:
    """A visit that examines each state it comes to, and keeps pictures of those in `wanted`."""

    def __init__(self, tab: Visit, *, wanted: frozenset[str]) -> None:
        self.tab, self.wanted = tab, wanted

    async def at(self, state: str) -> None:
        assert await self.tab.faults() == [], state
        faint = [pair for pair in await self.tab.page.evaluate(CONTRAST) if pair[1] < 4.5]
        assert faint == [], state
        assert await self.tab.fits(), state
        if DOCS and state in self.wanted:
            await self.tab.photograph(DOCS, state)


async def _in_a_dialog(tour: Tour, opener: str, state: str) -> Locator:
    await tour.tab.page.locator(f"[data-opens={opener}]").click()
    dialog = tour.tab.page.locator(f"#{opener}")
    await expect(dialog).to_be_visible()
    await tour.at(state)
    return dialog


async def _asked(tour: Tour, site: Site) -> Locator:
    """Through the steps to an answer and its passage."""
    tab = tour.tab
    await tour.at("start")
    site.worker.by_hand()
    turn = await tab.ask(ASKED)
    site.worker.go_on(2)
    await expect(turn.locator(".steps .now")).to_contain_text("8", timeout=PATIENCE)
    await tour.at("steps")
    site.worker.go_on(1_000)
    await tab.answered(turn)
    await tab.cite(turn, 1)
    await expect(tab.panel.locator("mark")).to_be_in_viewport(timeout=PATIENCE)
    await tour.at("passage")
    await tab.panel.locator(".close").click()
    return turn


async def _judged(tour: Tour, turn: Locator) -> None:
    await turn.locator(".bad").click()
    await turn.locator(".reasons label").nth(2).click()
    await tour.at("reason")
    await turn.locator(".why .primary").click()
    await expect(turn.locator(".thanks")).not_to_be_empty()
    await tour.at("judged")


async def _switched(tour: Tour) -> None:
    """Another person may not see what this one had open; they ask, and nothing is found."""
    tab = tour.tab
    turn = await tab.ask(ASKED_BAND)
    await tab.answered(turn)
    await tab.cite(turn, 1)
    await expect(tab.panel.locator("mark").first).to_be_visible(timeout=PATIENCE)
    await tour.at("private")
    await _in_a_dialog(tour, "people", "people")
    await tab.page.keyboard.press("Escape")
    await tab.switch_to("mina")
    await expect(tab.panel.locator(".locked")).to_be_visible(timeout=PATIENCE)
    await tour.at("vanished")
    await tab.panel.locator(".close").click()
    await tab.page.locator("#carried button").click()
    await tab.answered(tab.page.locator(".turn"))
    await tour.at("unknown")


async def _reindexed(tour: Tour, site: Site) -> None:
    dialog = await _in_a_dialog(tour, "reindexing", "reindex-idle")
    site.reindexer.by_hand()
    site.reindexer.read(23)
    await dialog.locator(".primary").click()
    await expect(dialog.locator(".run .count")).to_have_text("23 / 40", timeout=PATIENCE)
    await tour.at("reindex")
    await dialog.locator(".stop").click()
    await expect(dialog.locator(".last p")).to_contain_text("23/40", timeout=PATIENCE)
    await tour.at("reindex-cancelled")
    await tour.tab.page.keyboard.press("Escape")


@pytest.mark.parametrize("desk", DESKS)
async def test_every_state_at_a_desk(browser: Browser, base_url: str, site: Site, desk: str) -> None:
    pictures = {
        "light, Korean": {"start", "steps", "passage", "reason", "people", "reindex"},
        "dark, English": {"dark"},
    }
    async with visit(browser, base_url, **DESKS[desk]) as tab:
        tour = Tour(tab, wanted=frozenset(pictures[desk]))
        await tab.open("/?as=jiwon")
        await _judged(tour, await _asked(tour, site))
        await _switched(tour)
        await _reindexed(tour, site)
        await tab.page.locator(".thread").first.hover()
        await tab.page.locator(".thread .bin").first.click()
        await tour.at("deleting")
        await tab.page.keyboard.press("Escape")
        await _in_a_dialog(tour, "keys", "shortcuts")
        await tab.page.keyboard.press("Escape")
        await _refused(tour, site)
        assert [problem for problem in tab.problems if "404" not in problem] == []


async def _refused(tour: Tour, site: Site) -> None:
    """Nobody works; a question is too long; who is not an administrator opens the panel; an answer in the other language."""
    tab = tour.tab
    await site.stop_working()
    turn = await tab.ask("How many days can I carry over?")
    await expect(turn.locator(".state")).not_to_be_empty(timeout=PATIENCE)
    await tour.at("no-worker")
    site.work_again()
    await tab.answered(turn)
    await tab.cite(turn, 2)
    await expect(tab.panel.locator("mark").first).to_be_visible(timeout=PATIENCE)
    await tour.at("dark")
    await tab.panel.locator(".close").click()
    await tab.switch_to("jiwon")
    await _in_a_dialog(tour, "reindexing", "not-an-administrator")
    await tab.page.keyboard.press("Escape")
    turn = await tab.ask("x" * 4001)
    await expect(turn.locator(".state.bad")).to_be_visible(timeout=PATIENCE)
    await tour.at("refused")
    tab.problems[:] = [problem for problem in tab.problems if "422" not in problem]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_state_on_a_phone(browser: Browser, base_url: str, site: Site, scheme: str) -> None:
    phone = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    async with visit(browser, base_url, color_scheme=scheme, **phone) as tab:
        tour = Tour(tab, wanted=frozenset({"phone", "phone-threads"} if scheme == "light" else ()))
        await tab.open("/?as=jiwon")
        turn = await _asked(tour, site)
        await tour.at("phone")
        await _judged(tour, turn)
        await tab.page.locator(".top [data-new]").tap()
        turn = await tab.ask(ASKED_BAND)
        await tab.answered(turn)
        await tab.page.locator("#menu").tap()
        await expect(tab.page.locator("#side .shut")).to_be_focused()
        await tour.at("phone-threads")
        await _in_a_dialog(tour, "people", "people")
        await tab.page.keyboard.press("Escape")
        await _drawer_gives_back(tab)
        await turn.locator(".sources button").first.tap()
        await expect(tab.panel).to_have_attribute("aria-modal", "true")
        assert await tab.page.locator("#front").evaluate("node => node.inert")
        await tour.at("phone-passage")
        await tab.panel.locator(".close").tap()
        await expect(turn.locator(".sources button").first).to_be_focused()
        assert tab.problems == []


async def _drawer_gives_back(tab: Visit) -> None:
    """Choosing a thread, a touch beside it and Escape close the drawer; what was beneath can be reached again."""
    await tab.threads.nth(1).tap()
    await expect(tab.page.locator(".turn .words")).to_have_text(ASKED)
    await expect(tab.page.locator("#menu")).to_be_focused()
    await tab.page.locator("#menu").tap()
    await tab.page.touchscreen.tap(PHONE["width"] - 10, PHONE["height"] / 2)
    await expect(tab.page.locator("#menu")).to_have_attribute("aria-expanded", "false")
    await tab.page.locator("#menu").tap()
    await tab.threads.first.tap()
    await tab.page.locator("#menu").tap()
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.locator("#menu")).to_be_focused()
    assert await tab.page.locator("#side").evaluate("node => node.inert")
    await expect(tab.page.get_by_role("button", name=say("page.menu_open", "ko"))).to_be_visible()


async def test_who_wants_no_motion_sees_none_and_motion_is_short(browser: Browser, base_url: str) -> None:
    moving = "document.getAnimations().filter(one => one.playState === 'running').length"
    async with visit(browser, base_url) as tab:
        await tab.open("/?as=mina")
        await tab.page.locator(".me").click()
        await expect(tab.page.locator("#people")).to_be_visible()
        assert await tab.page.evaluate(moving) == 0
    async with visit(browser, base_url, reduced_motion="no-preference") as tab:
        await tab.open("/?as=mina")
        await tab.page.locator(".me").click()
        longest = "Math.max(0, ...document.getAnimations().map(one => one.effect.getTiming().duration))"
        assert await tab.page.evaluate(longest) <= 200
