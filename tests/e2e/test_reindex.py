"""The reindex panel: administrators begin, watch and stop a run; everybody else reads who may."""

import json

from playwright.async_api import expect
from redis.asyncio import Redis

from core import reindexing
from core.texts import say
from tests.e2e.page import PATIENCE, Visit
from tests.e2e.reindexer import TOTAL
from tests.e2e.server import Site


async def _open(tab: Visit) -> None:
    await tab.page.locator("[data-opens=reindexing]").click()
    await expect(tab.reindexing.locator(".refusal, .allowed").filter(visible=True)).to_have_count(1)


async def test_an_administrator_reindexes_watches_and_cancels(tab: Visit, site: Site) -> None:
    await tab.open("/?as=mina")
    await _open(tab)
    panel, bar = tab.reindexing, tab.reindexing.locator("progress")
    await expect(panel.locator(".last p")).to_have_text(say("reindex_never", "ko"))
    site.reindexer.by_hand()
    site.reindexer.read(12)
    await panel.locator("select").select_option("samples")
    await panel.locator(".primary").click()
    await expect(panel.locator(".run .count")).to_have_text(f"12 / {TOTAL}", timeout=PATIENCE)
    await expect(bar).to_have_attribute("max", str(TOTAL))
    assert await bar.evaluate("bar => [bar.value, bar.position]") == [12, 12 / TOTAL]
    await expect(panel.locator(".by")).to_have_text(say("page.reindex_by", "ko", by="김미나"))
    await expect(panel.locator(".stop")).to_be_focused()
    site.reindexer.read(8)
    await expect(panel.locator(".run .count")).to_have_text(f"20 / {TOTAL}", timeout=PATIENCE)
    await panel.locator(".stop").click()
    await expect(panel.locator(".last p")).to_have_text(
        say("reindex_cancelled", "ko", done=20, total=TOTAL), timeout=PATIENCE
    )
    await expect(panel.locator(".begin")).to_be_visible()
    assert [(wish.source, wish.asker.id, wish.language) for wish in site.reindexer.heard] == [("samples", "mina", "ko")]


async def test_a_run_that_ends_shows_its_result_also_after_a_reload(tab: Visit, site: Site) -> None:
    await tab.open("/?as=mina")
    await _open(tab)
    site.reindexer.by_hand()
    site.reindexer.read(5)
    await tab.reindexing.locator(".primary").click()
    await expect(tab.reindexing.locator(".run .count")).to_have_text(f"5 / {TOTAL}", timeout=PATIENCE)
    await tab.page.reload()
    await tab.ready()
    beside = tab.page.locator("[data-opens=reindexing] .count")
    await expect(beside).to_have_text(f"5/{TOTAL}", timeout=PATIENCE)
    site.reindexer.read(TOTAL)
    await expect(beside).to_have_text("", timeout=PATIENCE)
    await _open(tab)
    counts = {"added": 1, "changed": 2, "unchanged": TOTAL - 3, "deleted": 0, "failed": 0, "seconds": 1.2}
    await expect(tab.reindexing.locator(".last p")).to_have_text(say("reindex_done", "ko", **counts))


async def test_a_run_of_somebody_else_is_shown_and_not_run_into(tab: Visit, redis: Redis) -> None:
    await tab.open("/?as=mina")
    await _open(tab)
    await expect(tab.reindexing.locator(".begin")).to_be_visible()
    assert await reindexing.begin(redis, "slack:T1:C1:1.1", by="U0SUE")
    await reindexing.report(redis, "slack:T1:C1:1.1", done=3, total=9)
    await tab.reindexing.locator(".primary").click(force=True)
    await expect(tab.reindexing.locator(".by")).to_have_text(say("page.reindex_by", "ko", by="U0SUE"))
    await expect(tab.reindexing.locator(".run .count")).to_have_text("3 / 9")
    await expect(tab.reindexing.locator(".said")).to_have_text(
        say("reindex_running", "ko", by="U0SUE", done=3, total=9), timeout=PATIENCE
    )
    assert [problem for problem in tab.problems if "409" in problem]
    tab.problems.clear()
    await reindexing.end(redis, "slack:T1:C1:1.1", "끝")
    await expect(tab.reindexing.locator(".last p")).to_have_text("끝", timeout=PATIENCE)


async def test_everybody_else_reads_who_may_and_the_server_refuses_them(tab: Visit, site: Site) -> None:
    await tab.open("/?as=jiwon")
    await _open(tab)
    await expect(tab.reindexing.locator(".refusal")).to_have_text(say("page.reindex_admins", "ko", admins="김미나"))
    await expect(tab.reindexing.locator(".primary")).to_be_hidden()
    sent = """body => fetch("/page/reindex", {method: "POST", headers: {"Content-Type": "application/json"}, body})
              .then(response => response.status)"""
    assert await tab.page.evaluate(sent, json.dumps({"id": "wish-0001", "as": "jiwon"})) == 403
    tab.problems.clear()  # the browser itself notes the 403
    assert site.reindexer.heard == []
