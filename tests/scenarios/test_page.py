"""The page in a real browser, before the whole of Daedap: a real worker, a real index, a person who reads."""

import asyncio
import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from core.texts import say
from tests.conftest import RedisServer
from tests.e2e.page import CHROMIUM, PATIENCE, chromium, visit
from tests.scenarios.stack import ROOT, Stack

PICTURES = ROOT / "docs" if os.environ.get("DAEDAP_SCREENSHOTS") == "1" else None


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium fonts-noto-cjk")
@pytest.mark.timeout(180)
async def test_a_person_asks_in_both_languages_and_opens_the_passage(
    knowledge: Path, redis_server: RedisServer, redis_url: str, tmp_path: Path
) -> None:
    stack = Stack(tmp_path, redis_server.url, DAEDAP_DATA_DIR=str(knowledge))
    try:
        stack.start_bot()
        stack.start_worker()
        await asyncio.to_thread(stack.until_ready)
        async with chromium() as browser, visit(browser, stack.url, locale="ko-KR") as tab:
            await tab.open()
            korean = await tab.ask("배우자 출산휴가는 며칠인가요?")
            await expect(await tab.answered(korean)).to_contain_text("25일")
            english = await tab.ask("How much is the learning budget per year?")
            await expect(await tab.answered(english)).to_contain_text("1,400")
            await tab.cite(english, 1)
            await expect(tab.page.locator("mark").first).to_contain_text("1,400")
            if PICTURES:
                await tab.photograph(PICTURES, "answer")
            assert tab.problems == []
    finally:
        print(stack.logs())
        stack.stop()


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium fonts-noto-cjk")
@pytest.mark.timeout(180)
async def test_a_private_document_appears_and_vanishes_with_who_asks_and_the_documents_are_read_again(
    knowledge: Path, redis_server: RedisServer, redis_url: str, tmp_path: Path
) -> None:
    stack = Stack(tmp_path, redis_server.url, DAEDAP_DATA_DIR=str(knowledge))
    question = "징계위원회는 며칠 안에 열리나요?"
    try:
        stack.start_bot()
        stack.start_worker()
        stack.start_worker("reindexer", "reindex")
        await asyncio.to_thread(stack.until_ready)
        async with chromium() as browser, visit(browser, stack.url, locale="ko-KR") as tab:
            await tab.open()
            await expect(await tab.answered(await tab.ask(question))).not_to_contain_text("징계위원회는")
            await tab.switch_to("jiwon")
            turn = await tab.ask(question)
            await expect(await tab.answered(turn)).to_contain_text("징계")
            await turn.locator(".sources button", has_text="징계").first.click()
            await expect(tab.panel.locator("mark").first).to_be_visible(timeout=PATIENCE)
            await expect(tab.panel.locator(".readers")).to_have_text(say("page.readers_groups", "ko", groups="hr"))
            await turn.locator(".good").click()
            await expect(turn.locator(".thanks")).to_have_text(say("feedback_thanks", "ko"))
            await tab.switch_to("mina")
            await expect(tab.panel.locator(".state")).to_have_text(say("page.document_gone", "ko"), timeout=PATIENCE)
            await tab.page.locator("[data-opens=reindexing]").click()
            await tab.reindexing.locator(".primary").click()
            await expect(tab.reindexing.locator(".last p")).to_contain_text("0", timeout=2 * PATIENCE)
            await expect(tab.reindexing.locator(".last p")).to_contain_text(say("reindex_done", "ko").split("{")[0])
            assert tab.problems == []
    finally:
        print(stack.logs())
        stack.stop()
