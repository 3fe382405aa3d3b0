"""Threads: listed newest first, kept in this browser for each person, come back to, deleted."""

from playwright.async_api import expect

from core.texts import say
from tests.e2e.handbook import ASKED, ASKED_BAND, CARRIED
from tests.e2e.page import PATIENCE, Visit
from tests.e2e.server import Site

ALIENS = "When do the aliens land?"


async def _anew(tab: Visit) -> None:
    await tab.page.locator(".side .new").click()
    await expect(tab.page.locator(".turn")).to_have_count(0)


async def test_a_new_thread_begins_empty_and_the_one_before_stays_in_the_list(tab: Visit, site: Site) -> None:
    await tab.open()
    await expect(tab.page.locator("#threads")).to_contain_text(say("page.no_threads", "ko"))
    await tab.answered(await tab.ask(ASKED))
    await _anew(tab)
    await expect(tab.page.locator(".start")).to_be_visible()
    await expect(tab.box).to_be_focused()
    await tab.answered(await tab.ask(ALIENS))
    await expect(tab.threads).to_have_text([ALIENS, ASKED])
    await expect(tab.threads.first).to_have_attribute("aria-current", "page")
    assert len({work.address.thread for work in site.worker.heard}) == 2
    await tab.threads.nth(1).click()
    await expect(tab.page.locator(".turn")).to_have_count(1)
    await expect(tab.page.locator(".answer")).to_contain_text(CARRIED)
    await tab.ask("carry over")
    await expect(tab.threads).to_have_text([ASKED, ALIENS])  # what was asked in last is first
    await tab.answered(tab.page.locator(".turn").nth(1))
    await tab.page.go_back()
    await expect(tab.page.locator(".answer")).to_contain_text("could not find")
    assert await tab.page.title() == f"{ALIENS} · 대답"


async def test_a_reload_keeps_the_thread_and_waits_on_for_what_is_not_answered(tab: Visit, site: Site) -> None:
    await tab.open()
    await tab.answered(await tab.ask(ASKED))
    await site.stop_working()
    await tab.ask(ALIENS)
    await expect(tab.threads.locator(".waits")).to_have_count(1)
    await tab.page.reload()
    await tab.ready()
    site.work_again()
    await expect(await tab.answered(tab.page.locator(".turn").nth(1))).to_contain_text("could not find")
    await expect(tab.page.locator(".turn").first.locator(".answer")).to_contain_text(CARRIED)
    await expect(tab.threads.locator(".waits")).to_have_count(0)
    asked = [work for work in site.worker.heard if work.kind == "question"]
    assert len(asked) == 2, "the same question was sent twice and worked on once"
    assert asked[0].address.thread == asked[1].address.thread


async def test_an_answer_arrives_also_in_a_thread_that_was_left(tab: Visit, site: Site) -> None:
    await tab.open()
    site.worker.by_hand()
    await tab.ask(ASKED)
    await _anew(tab)
    await expect(tab.threads.locator(".waits")).to_have_count(1)
    site.worker.go_on(100)
    await expect(tab.threads.locator(".waits")).to_have_count(0, timeout=PATIENCE)
    await tab.threads.first.click()
    await expect(tab.page.locator(".answer")).to_contain_text(CARRIED)


async def test_after_a_reload_an_answer_arrives_also_in_a_thread_that_is_not_open(tab: Visit, site: Site) -> None:
    await tab.open()
    site.worker.by_hand()
    await tab.ask(ASKED)
    await tab.open()
    await expect(tab.threads.locator(".waits")).to_have_count(1)
    site.worker.go_on(100)
    await expect(tab.threads.locator(".waits")).to_have_count(0, timeout=PATIENCE)


async def test_many_unanswered_questions_leave_the_browser_its_connections(tab: Visit, site: Site) -> None:
    # six streams would take every connection that a browser opens to one server, and the next question would hang
    await tab.open()
    await site.stop_working()
    for number in range(7):
        await tab.ask(f"question {number}")
    async with tab.page.expect_response("**/page/ask", timeout=PATIENCE):
        await tab.ask(ASKED)
    site.work_again()
    for turn in await tab.page.locator(".turn").all():
        await tab.answered(turn)
    assert len([work for work in site.worker.heard if work.kind == "question"]) == 8


async def test_a_thread_is_deleted_after_being_asked_once_more_and_forgotten_everywhere(tab: Visit, site: Site) -> None:
    await tab.open()
    await tab.answered(await tab.ask(ASKED))
    thread = site.worker.heard[0].address.thread
    line = tab.page.locator(".thread").first
    await line.hover()
    await line.locator(".bin").click()
    await expect(line.locator(".yes")).to_be_focused()
    await tab.page.keyboard.press("Escape")
    await expect(line.locator(".bin")).to_be_focused()
    await line.locator(".bin").click()
    await line.locator(".yes").click()
    await expect(tab.threads).to_have_count(0)
    await expect(tab.page.locator(".start")).to_be_visible()
    await expect(tab.page.locator(".side .new")).to_be_focused()
    await tab.page.reload()
    await tab.ready()
    await expect(tab.threads).to_have_count(0)
    kinds = [(work.kind, work.address.thread) for work in site.worker.heard]
    assert kinds == [("question", thread), ("forget", thread)]


async def test_threads_belong_to_a_person(tab: Visit) -> None:
    await tab.open("/?as=jiwon")
    await tab.answered(await tab.ask(ASKED_BAND))
    await tab.open("/?as=mina")
    await expect(tab.threads).to_have_count(0)
    await tab.answered(await tab.ask(ALIENS))
    await tab.open("/?as=jiwon")
    await expect(tab.threads).to_have_text([ASKED_BAND])


async def test_two_tabs_share_their_threads(tab: Visit) -> None:
    await tab.open()
    other = Visit(await tab.page.context.new_page(), tab.base_url)
    await other.open()
    await other.answered(await other.ask(ASKED))
    await expect(tab.threads).to_have_text([ASKED])
    await tab.threads.first.click()
    await expect(tab.page.locator(".answer")).to_contain_text(CARRIED)
    await other.answered(await other.ask(ALIENS))
    await expect(tab.page.locator(".turn")).to_have_count(2)
    await expect(await tab.answered(tab.page.locator(".turn").nth(1))).to_contain_text("could not find")
    await tab.answered(await tab.ask("carry over"))
    await expect(other.page.locator(".turn")).to_have_count(3)  # neither wrote over what the other asked
    await other.page.locator(".thread").first.hover()
    await other.page.locator(".thread .bin").first.click()
    await other.page.locator(".thread .yes").click()
    await expect(tab.threads).to_have_count(0)
    await expect(tab.page.locator(".start")).to_be_visible()
    assert other.problems == []


async def test_a_browser_that_is_full_or_holds_nonsense_still_answers(tab: Visit) -> None:
    await tab.open()
    await tab.page.evaluate(
        """() => {
          for (let n = 0; n < 3; n++) localStorage.setItem(`daedap.thread.me.broken-${n}`, ["{", "[]", '{"turns": 7}'][n]);
          const old = { id: "old-thread", at: 1, turns: [{ id: "old-question", text: "old", failed: "x".repeat(3e6) }] };
          localStorage.setItem("daedap.thread.me.old-thread", JSON.stringify(old));
          for (let rest = 2 ** 20, kept = ""; rest >= 1; ) {
            try { localStorage.setItem("somebody-else", kept + "x".repeat(rest)); kept += "x".repeat(rest); } catch { rest /= 2; }
          }
        }"""
    )
    await tab.page.reload()
    await tab.ready()
    await expect(tab.threads).to_have_text(["old"])
    await tab.answered(await tab.ask(ASKED))
    await expect(tab.threads).to_have_text([ASKED])  # the oldest made room
    await tab.page.reload()
    await tab.ready()
    await expect(tab.page.locator(".answer")).to_contain_text(CARRIED)
