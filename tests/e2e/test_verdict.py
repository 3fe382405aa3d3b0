"""Thumbs and reasons: kept on the server, still there after a reload, open to a change of mind."""

import json

from playwright.async_api import Locator, expect
from redis.asyncio import Redis

from core import keys
from core.texts import say
from tests.e2e.handbook import ASKED
from tests.e2e.page import Visit
from tests.e2e.server import Site


async def _kept(redis: Redis) -> list[tuple[str, str]]:
    return [(entry["verdict"], entry["reason"]) for _, entry in await redis.xrange(keys.feedback("local"))]


async def _pressed(turn: Locator) -> list[str | None]:
    return [await turn.locator(name).get_attribute("aria-pressed") for name in (".good", ".bad")]


async def _thanked(turn: Locator) -> None:
    await expect(turn.locator(".thanks")).to_have_text(say("feedback_thanks", "ko"))


async def test_a_thumb_down_counts_at_once_and_takes_a_reason(tab: Visit, redis: Redis) -> None:
    await tab.open("/?as=mina")
    turn = await tab.ask(ASKED)
    await tab.answered(turn)
    await turn.locator(".bad").click()
    await expect(turn.locator(".why input").first).to_be_focused()
    await expect(turn.locator(".bad")).to_have_attribute("aria-pressed", "true")
    await turn.locator(".reasons label").nth(2).click()
    await turn.locator(".why textarea").fill("  작년 규정이에요 <b>  ")
    await turn.locator(".why .primary").click()
    await _thanked(turn)
    await expect(turn.locator(".why")).to_have_count(0)
    await expect(turn.locator(".bad")).to_be_focused()
    assert await _kept(redis) == [("bad", ""), ("bad", "outdated: 작년 규정이에요 <b>")]
    [entry] = (await redis.xrevrange(keys.feedback("local"), count=1))[0][1:]
    assert entry["user"] == "playground:local:mina"
    assert entry["job"].startswith("playground:local:mina:")

    await tab.page.reload()
    await tab.ready()
    turn = tab.page.locator(".turn")
    assert await _pressed(turn) == ["false", "true"]
    await turn.locator(".bad").click()  # what was said stands there to be changed
    await expect(turn.locator(".why textarea")).to_have_value("작년 규정이에요 <b>")
    await expect(turn.locator(".reasons input").nth(2)).to_be_checked()
    await tab.page.keyboard.press("Escape")
    await expect(turn.locator(".why")).to_have_count(0)
    await turn.locator(".good").click()
    await _thanked(turn)
    assert await _pressed(turn) == ["true", "false"]
    assert (await _kept(redis))[-1] == ("good", "")


async def test_a_verdict_that_cannot_be_kept_is_taken_back_and_said(tab: Visit, redis: Redis, site: Site) -> None:
    await tab.open()
    turn = await tab.ask(ASKED)
    await tab.answered(turn)

    async def lost(route):  # the connection breaks
        await route.abort()

    await tab.page.route("**/page/verdict", lost)
    await turn.locator(".good").click()
    await expect(turn.locator(".thanks")).to_have_text(say("page.verdict_failed", "ko"))
    assert await _pressed(turn) == ["false", "false"]
    await tab.page.unroute("**/page/verdict")
    await redis.delete(*[name async for name in redis.scan_iter("*:job:*")])  # more than a day later
    await turn.locator(".good").click()
    await expect(turn.locator(".thanks")).to_have_text(say("page.verdict_expired", "ko"))
    assert await _kept(redis) == []
    assert [problem for problem in tab.problems if "ERR_FAILED" in problem or "404" in problem]
    tab.problems.clear()


async def test_the_answer_can_be_copied_with_its_sources(tab: Visit) -> None:
    await tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await tab.open()
    turn = await tab.ask("How many days can I carry over?")
    await tab.answered(turn)
    await turn.locator(".copy").click()
    await expect(turn.locator(".thanks")).to_have_text(say("page.copied", "ko"))
    copied = await tab.page.evaluate("navigator.clipboard.readText()")
    assert "6 days" in copied
    assert json.dumps(copied.splitlines()[-2:], ensure_ascii=False) == json.dumps(
        [
            "[1] 연차휴가 운영 규정 (2026년) · 3. 이월과 보상 · https://wiki.example/leave",
            "[2] 연차휴가 운영 규정 (2026년) · 3. 이월과 보상",
        ],
        ensure_ascii=False,
    )
