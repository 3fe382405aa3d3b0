"""Who asks: the switch between sample people, which shows that a private document appears and vanishes."""

from playwright.async_api import expect

from core.texts import say
from tests.e2e.handbook import ASKED_BAND, BANDS_TITLE
from tests.e2e.page import Visit
from tests.e2e.server import Site


async def test_a_private_document_vanishes_and_appears_with_who_asks(tab: Visit, site: Site) -> None:
    await tab.open("/?as=jiwon")
    turn = await tab.ask(ASKED_BAND)
    await expect(await tab.answered(turn)).to_contain_text("102백만")
    await tab.cite(turn, 1)
    await expect(tab.panel.locator("mark")).to_have_text(["P4", "78 ~ 102"])
    await expect(tab.panel.locator(".readers")).to_have_text(say("page.readers_groups", "ko", groups="hr"))

    await tab.switch_to("mina")  # what was open is asked for again, as her
    await expect(tab.panel.locator(".state")).to_have_text(say("page.document_gone", "ko"))
    await expect(tab.panel.locator(".document")).to_be_empty()
    await expect(tab.page.locator("body")).not_to_contain_text(BANDS_TITLE)
    await expect(tab.page.locator("#carried")).to_contain_text(say("page.now_as", "ko", name="김미나"))
    await tab.panel.locator(".close").click()
    await expect(tab.page.locator("#carried button")).to_be_focused()
    await tab.page.locator("#carried button").click()
    words = await tab.answered(tab.page.locator(".turn"))
    await expect(words).to_contain_text("찾지 못했어요")

    await tab.switch_to("jiwon")  # and the same question as the one who may
    await expect(tab.threads).to_have_text([ASKED_BAND])
    await tab.page.locator("#carried button").click()
    await expect(await tab.answered(tab.page.locator(".turn"))).to_contain_text("102백만")
    asked = [work.asker.id for work in site.worker.heard if work.kind == "question"]
    assert asked == ["jiwon", "mina", "jiwon"]


async def test_the_page_says_who_asks_and_what_they_may_read(tab: Visit) -> None:
    await tab.open("/?as=jiwon")
    await expect(tab.page.locator(".me")).to_contain_text("한지원")
    await expect(tab.page.locator("#hint .reads")).to_contain_text(say("page.reads_groups", "ko", groups="hr"))
    await tab.page.locator(".me").click()
    people = tab.page.locator("#people li")
    await expect(people).to_have_count(3)
    await expect(people.nth(0)).to_contain_text(say("page.nobody", "ko"))
    await expect(people.nth(1).locator(".badge")).to_have_text(say("page.admin", "ko"))
    await expect(people.nth(2).locator(".chip")).to_have_text([say("page.public", "ko"), "hr"])
    await expect(people.nth(2).locator("a")).to_be_focused()
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.locator(".me")).to_be_focused()
    await tab.switch_to("")
    await expect(tab.page.locator("#hint .reads")).to_have_text(say("page.reads_public", "ko"))
    await expect(tab.page.locator("#carried")).to_contain_text(say("page.now_nobody", "ko"))
    await expect(tab.page.locator("#carried button")).to_be_hidden()  # nothing was asked that could be asked again


async def test_the_language_switch_keeps_the_person_and_the_thread(tab: Visit) -> None:
    await tab.open("/?as=jiwon")
    await tab.answered(await tab.ask(ASKED_BAND))
    await tab.page.get_by_role("link", name="English").click()
    await expect(tab.page.locator("html")).to_have_attribute("lang", "en")
    await expect(tab.page.locator("body")).to_have_attribute("data-as", "jiwon")
    await expect(tab.page.locator(".turn .words")).to_have_text(ASKED_BAND)
    await expect(tab.page.locator(".sources h3")).to_have_text(say("sources", "en"))
