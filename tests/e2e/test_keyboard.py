"""Everything by keyboard alone, and what a screen reader is told."""

from playwright.async_api import Locator, expect

from core.texts import say
from tests.e2e.handbook import ASKED, CARRIED, PAID
from tests.e2e.page import Visit
from tests.e2e.server import Site


async def _reach(tab: Visit, target: Locator, key: str = "Tab") -> None:
    """Presses a key until the focus is there; each place on the way shows that it has the focus."""
    for _ in range(60):
        await tab.page.keyboard.press(key)
        if await target.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"{target} was not reached with {key}")


async def test_a_question_is_asked_read_and_rated_without_a_mouse(tab: Visit) -> None:
    await tab.open()
    keyboard = tab.page.keyboard
    await expect(tab.box).to_be_focused()
    await keyboard.type("first line")
    await keyboard.press("Shift+Enter")
    await keyboard.type("How many days can I carry over?")
    await expect(tab.box).to_have_value("first line\nHow many days can I carry over?")
    await keyboard.press("Enter")
    turn = tab.page.locator(".turn")
    await tab.answered(turn)
    await expect(tab.box).to_be_focused()
    mark = turn.locator("sup button").first
    await _reach(tab, mark, "Shift+Tab")
    await keyboard.press("Enter")
    await expect(tab.panel.locator("h2")).to_be_focused()
    await expect(tab.panel.locator("mark")).to_be_visible()
    await keyboard.press("Escape")
    await expect(tab.panel).to_be_hidden()
    await expect(mark).to_be_focused()
    await _reach(tab, turn.locator(".bad"))
    await keyboard.press("Enter")
    await keyboard.press("Space")
    await _reach(tab, turn.locator(".why textarea"))
    await keyboard.type("wrong year")
    await _reach(tab, turn.locator(".why .primary"))
    await keyboard.press("Enter")
    await expect(turn.locator(".thanks")).to_have_text(say("feedback_thanks", "ko"))
    await expect(turn.locator(".bad")).to_be_focused()


async def test_threads_people_and_the_reindex_panel_are_reached_without_a_mouse(tab: Visit) -> None:
    await tab.open("/?as=mina")
    keyboard = tab.page.keyboard
    await tab.answered(await tab.ask(ASKED))
    await _reach(tab, tab.page.locator(".side .new"), "Shift+Tab")
    await keyboard.press("Enter")
    await expect(tab.box).to_be_focused()
    await _reach(tab, tab.threads.first, "Shift+Tab")
    await keyboard.press("Enter")
    await expect(tab.page.locator(".answer")).to_contain_text(CARRIED)
    await _reach(tab, tab.page.locator("[data-opens=reindexing]"))
    await keyboard.press("Enter")
    await expect(tab.reindexing.locator(".primary")).to_be_visible()
    await _reach(tab, tab.reindexing.locator("select"))
    for _ in range(8):  # the focus stays inside of what is open
        await keyboard.press("Tab")
        assert await tab.page.evaluate("document.activeElement.closest('dialog, body').id !== 'front'")
    await keyboard.press("Escape")
    await expect(tab.page.locator("[data-opens=reindexing]")).to_be_focused()
    await _reach(tab, tab.page.locator(".me"))
    await keyboard.press("Enter")
    await _reach(tab, tab.page.locator("#people a").first, "Shift+Tab")
    await keyboard.press("Enter")
    await expect(tab.page.locator("body")).to_have_attribute("data-as", "")


async def test_the_shortcuts_are_few_listed_and_can_be_switched_off(tab: Visit) -> None:
    await tab.open()
    keyboard, keys = tab.page.keyboard, tab.page.locator("#keys")
    await tab.answered(await tab.ask(ASKED))
    await tab.box.blur()
    await keyboard.press("?")
    await expect(keys).to_be_visible()
    await expect(keys.locator("dt")).to_have_text(["/", "N", "?", "Esc", "Enter", "Shift Enter"])
    await keyboard.press("n")  # nothing happens beneath an open dialog
    await keyboard.press("Escape")
    await expect(tab.page.locator(".turn")).to_have_count(1)
    await keyboard.press("/")
    await expect(tab.box).to_be_focused()
    await keyboard.type("n/?")  # in the field they are letters
    await expect(tab.box).to_have_value("n/?")
    await tab.box.fill("")
    await tab.box.blur()
    await keyboard.press("n")
    await expect(tab.page.locator(".turn")).to_have_count(0)
    await tab.page.locator("[data-opens=keys]").click()
    await keys.locator("#letters").uncheck()
    await keyboard.press("Escape")
    await tab.page.reload()
    await tab.ready()
    await tab.box.blur()
    await keyboard.press("?")
    await expect(keys).to_be_hidden()


async def test_escape_closes_one_thing_at_a_time(tab: Visit) -> None:
    await tab.open()
    turn = await tab.ask(ASKED)
    await tab.answered(turn)
    await tab.cite(turn, 1)
    await expect(tab.panel.locator("mark")).to_be_visible()
    await tab.page.locator("[data-opens=keys]").click()
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.locator("#keys")).to_be_hidden()
    await expect(tab.panel).to_be_visible()
    await tab.page.keyboard.press("Escape")
    await expect(tab.panel).to_be_hidden()


async def test_a_screen_reader_is_told_the_answer_once_and_no_steps(tab: Visit, site: Site) -> None:
    await tab.open()
    await tab.page.evaluate(
        """() => {
          window.told = [];
          for (const region of document.querySelectorAll("[role=status], [aria-live]")) {
            new MutationObserver(() => region.textContent.trim() && told.push(region.textContent))
              .observe(region, { childList: true, characterData: true, subtree: true });
          }
        }"""
    )
    turn = await tab.ask(ASKED)
    await tab.answered(turn)
    await expect(tab.page.locator("#said")).to_contain_text(CARRIED)
    count = say("page.said_sources", "ko", count=2)
    assert await tab.page.evaluate("told") == [say("page.answering", "ko"), f"{CARRIED} {PAID} {count}"]
    assert await turn.locator("[role=status], [aria-live]").count() == 1, "the thanks for a thumb"
