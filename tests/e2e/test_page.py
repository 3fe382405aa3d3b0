"""The page in a real Chromium: asked, watched, read, opened, and attacked."""

import re
import signal
from pathlib import Path

from playwright.async_api import Browser, Locator, expect
from redis.asyncio import Redis

from core.texts import say
from tests.conftest import RedisServer
from tests.e2e.handbook import ASKED, CARRIED, PAID, TITLE
from tests.e2e.page import Visit, visit
from tests.e2e.server import Site, site


def _steps(turn: Locator) -> Locator:
    return turn.locator(".steps li")


async def test_a_korean_question_shows_its_steps_then_the_answer_then_the_very_passage(tab: Visit, site: Site) -> None:
    await tab.open()
    site.worker.by_hand()
    turn = await tab.ask(ASKED)
    await expect(_steps(turn)).to_have_text([say("steps.queued", "ko")])
    site.worker.go_on()
    await expect(_steps(turn)).to_have_text([say("steps.searching", "ko")])
    site.worker.go_on()
    await expect(_steps(turn)).to_have_text([say("steps.searching", "ko"), say("steps.reading", "ko", count=8)])
    site.worker.go_on()
    await expect(turn.locator(".steps .now")).to_have_text(say("steps.writing", "ko"))
    site.worker.go_on(2)
    words = await tab.answered(turn)
    await expect(words).to_contain_text(CARRIED)
    await expect(turn.locator(".sources li")).to_have_count(2)
    await expect(turn.locator(".steps")).to_be_hidden()
    await tab.cite(turn, 1)
    await expect(tab.panel.locator("h2")).to_have_text(TITLE)
    # 𠮷 stands before the passage: offsets count code points, the browser counts UTF-16 units
    await expect(tab.panel.locator("mark")).to_have_text(CARRIED)
    await expect(tab.panel.locator("mark")).to_be_in_viewport()
    await tab.cite(turn, 2)
    await expect(tab.panel.locator("mark")).to_have_text(PAID)


async def test_hostile_words_stay_words_and_nothing_leaves_the_machine(tab: Visit) -> None:
    await tab.open()
    turn = await tab.ask("<img src=x onerror=document.title='broken'> attack")
    words = await tab.answered(turn)
    await expect(turn.locator(".question")).to_contain_text("<img src=x")
    for seen in ("<script>", "<b>bold</b>", "<i>code</i>", "https://evil.example/x", "[7]", "<svg onload"):
        await expect(words).to_contain_text(seen)
    await expect(
        turn.locator(".question, .answer, .sources").locator("a, img, script, svg, b, i, u, iframe")
    ).to_have_count(0)
    await expect(turn.locator(".sources .title")).to_contain_text("<script>")
    await tab.cite(turn, 1)
    await expect(tab.panel.locator("mark")).to_be_visible()
    await expect(tab.panel.locator(".original")).to_be_hidden()
    assert await tab.page.title() == "<img src=x onerror=document.title='broken'> attack · 대답"
    await expect(tab.threads).to_contain_text("<img src=x")


async def test_an_answer_in_english_has_its_table_its_list_and_its_notes(browser: Browser, base_url: str) -> None:
    async with visit(browser, base_url, locale="en-GB") as tab:
        await tab.open()
        turn = await tab.ask("How many days of leave can I carry over?")
        words = await tab.answered(turn)
        await expect(words.locator("strong")).to_have_text("6 days")
        await expect(words.locator("td")).to_have_text(["1 to 3 years", "16", "3 to 5 years", "17"])
        await expect(words.locator("ul > li")).to_have_count(2)
        await expect(turn.locator(".notes")).to_have_text(say("notes.other_language", "en"))
        await expect(turn.locator(".sources .quote").nth(1)).to_have_text("3년 이상 5년 미만 · 17일")
        await expect(turn.locator(".seconds")).to_have_text(say("page.seconds", "en", seconds="1.8"))
        await tab.cite(turn, 2)
        await expect(tab.panel.locator("mark")).to_have_text(["3년 이상 5년 미만", "17일"])
        assert tab.problems == []


async def test_what_may_not_be_read_looks_like_what_does_not_exist(tab: Visit) -> None:
    await tab.open()
    turn = await tab.ask("tell me a secret")
    await tab.answered(turn)
    await tab.cite(turn, 1)
    await expect(tab.panel.locator(".state")).to_have_text(say("page.document_gone", "ko"))
    await expect(tab.panel.locator(".document")).to_be_empty()


async def test_a_document_that_changed_is_shown_without_a_mark_and_this_is_said(tab: Visit, site: Site) -> None:
    await tab.open()
    turn = await tab.ask(ASKED)
    await tab.answered(turn)
    await tab.page.evaluate(
        "for (const [key, text] of Object.entries(localStorage))"
        r" localStorage.setItem(key, text.replace(/\"(start|end)\":\d+/g, '\"$1\":99999'))"
    )
    await tab.page.reload()
    await tab.ready()
    await tab.cite(tab.page.locator(".turn"), 1)
    await expect(tab.panel.locator(".state")).to_have_text(say("page.passage_moved", "ko"))
    await expect(tab.panel.locator(".document")).to_contain_text(CARRIED)


async def test_a_suggestion_asks_with_one_click_and_the_language_switch_stays_chosen(tab: Visit) -> None:
    await tab.open()
    await expect(tab.page.locator(".suggestions ul")).to_have_count(2)
    await tab.page.get_by_role("link", name="English").click()
    await expect(tab.page.locator("html")).to_have_attribute("lang", "en")
    await tab.open("/")
    await expect(tab.page.locator(".start h2")).to_have_text(say("page.greeting", "en"))
    await tab.page.get_by_role("button", name=ASKED).click()
    await expect(await tab.answered(tab.page.locator(".turn"))).to_contain_text(CARRIED)


async def test_no_worker_is_said_kindly_and_the_answer_comes_when_one_is_back(tab: Visit, site: Site) -> None:
    await tab.open()
    await site.stop_working()
    turn = await tab.ask(ASKED)
    await expect(turn.locator(".state")).to_have_text(say("page.no_worker", "ko"), timeout=10_000)
    site.work_again()
    await expect(await tab.answered(turn)).to_contain_text(CARRIED)
    await expect(turn.locator(".state")).to_be_hidden()


async def test_redis_going_away_and_coming_back_costs_waiting_and_nothing_else(
    browser: Browser, base_url: str, site: Site, redis_server: RedisServer
) -> None:
    async with visit(browser, base_url) as tab:  # its 503s are console errors: the browser logs them itself
        await tab.open()
        site.worker.by_hand()
        followed: list[str] = []
        tab.page.on("request", lambda request: followed.append(request.url) if "/page/events/" in request.url else None)
        turn = await tab.ask(ASKED)
        site.worker.go_on()
        await expect(turn.locator(".steps .now")).to_have_text(say("steps.searching", "ko"))
        redis_server.signal(signal.SIGKILL)
        redis_server.process.wait()
        await expect(turn.locator(".state")).to_have_text(
            re.compile(f"{say('page.connection_lost', 'ko')}|{say('starting', 'ko')}"), timeout=15_000
        )
        second = await tab.ask("When do the aliens land?")
        await expect(second.locator(".state")).to_have_text(say("starting", "ko"), timeout=15_000)
        redis_server.start()
        site.worker.go_on(100)
        await expect(await tab.answered(turn)).to_contain_text(CARRIED)
        await expect(await tab.answered(second)).to_contain_text("could not find")
        assert followed[0].endswith("?after=")
        assert re.search(r"\?after=\d+-\d+$", followed[1]), "it goes on behind what it has heard"
        assert not [problem for problem in tab.problems if "503" not in problem and "ERR_" not in problem]


async def test_who_asks_too_fast_is_told_so_and_can_ask_again_later(
    browser: Browser, redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    async with site(redis_url, tmp_path, limits={"person": 2}) as slow, visit(browser, slow.url) as tab:
        await tab.open()
        for _ in range(2):
            await tab.answered(await tab.ask(ASKED))
        turn = await tab.ask(ASKED)
        await expect(turn.locator(".state")).to_have_text(
            re.compile(re.escape(say("too_many", "ko", seconds="N")).replace("N", r"\d+"))
        )
        await tab.page.reload()
        await tab.ready()
        await expect(turn.locator(".state")).to_be_visible()  # it is not sent again behind the person's back
        await redis.delete(*[name async for name in redis.scan_iter("*:limit:*")])  # the minute is over
        await turn.locator(".again").click()
        await expect(await tab.answered(turn)).to_contain_text(CARRIED)
        await expect(turn.locator(".state, .again").filter(visible=True)).to_have_count(0)
        assert [problem for problem in tab.problems if "429" not in problem] == []
