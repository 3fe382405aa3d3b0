"""Many questions at once: 256 in one worker while a slow model is awaited, in less than a gigabyte, and a loop that never stalls."""

import asyncio
import contextlib
import time
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from bot.app import application
from core.settings import Settings, SlackSettings
from tests.conftest import RedisServer, free_port
from tests.platforms.openai_server import OpenAIServer
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import BOT_TOKEN, SECRET
from tests.scenarios.conftest import PEOPLE, slack_environment
from tests.scenarios.stack import Stack
from tests.scenarios.watchdog import Watchdog

THINKS = 6.0  # seconds
MANY = 256


def resident(pid: int) -> int:
    """Bytes of a process in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


@pytest.mark.timeout(240)
async def test_256_questions_wait_for_a_slow_model_in_one_worker_under_a_gigabyte(
    knowledge, redis_server: RedisServer, redis_url, tmp_path
):
    model = OpenAIServer(reply="유급 25일입니다 [1].", thinks=(THINKS, THINKS))
    await model.start()
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        environment = slack_environment(slack) | {
            "DAEDAP_DATA_DIR": str(knowledge),
            "DAEDAP_LLM": "openai:test",
            "DAEDAP_LEASE_SECONDS": "15",
            "OPENAI_API_KEY": "test-key",
            "OPENAI_BASE_URL": model.url,
        }
        stack = Stack(tmp_path, redis_server.url, **environment)
        try:
            stack.start_bot()
            worker = stack.start_worker()
            await asyncio.to_thread(stack.until_ready)
            slack.bot_url = f"{stack.url}/slack/events"
            sent = await asyncio.gather(
                *(slack.mention("U0TOM", "C0ALL", f"배우자 출산휴가는 며칠? {n}") for n in range(MANY))
            )
            most, began = 0, time.monotonic()
            waiting = [asyncio.create_task(slack.answer(one, within=120)) for one in sent]
            while not all(task.done() for task in waiting):
                most = max(most, resident(worker.pid))
                await asyncio.sleep(0.2)
            answers = await asyncio.gather(*waiting)
        finally:
            print(stack.logs())
            stack.stop()
            await model.stop()
    seconds = time.monotonic() - began
    assert all("25일" in answer.text for answer in answers)
    assert most < 1_000_000_000
    assert seconds < MANY * THINKS / 8, f"{seconds:.0f} s: they did not wait side by side"


@pytest.mark.timeout(120)
async def test_the_bots_loop_is_never_blocked(redis_server: RedisServer, redis_url, tmp_path):
    """The watchdog's 50 ms, while events, the page and health checks come at once."""
    async with SlackStandIn() as slack:
        slack.channel("C0ALL", PEOPLE)
        port = free_port()
        settings = Settings(
            redis_url=redis_server.url,
            bind=f"127.0.0.1:{port}",
            slack=SlackSettings(bot_token=BOT_TOKEN, signing_secret=SECRET, api_url=slack.api_url),
        )
        runner = web.AppRunner(application(settings), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        slack.bot_url = f"http://127.0.0.1:{port}/slack/events"
        dog = Watchdog()
        watching = asyncio.create_task(dog.watch())
        sent = []
        async with ClientSession(f"http://127.0.0.1:{port}") as person:
            for number in range(40):
                sent.append(asyncio.create_task(slack.mention("U0TOM", "C0ALL", f"질문 {number}", times=2)))
                for path in ("/", "/readyz", "/page/suggestions"):
                    async with person.get(path) as reply:
                        assert reply.status in (200, 503)
                asked = {"id": f"question-{number}", "text": f"질문 {number}"}
                async with person.post("/page/ask", json=asked) as reply:
                    assert reply.status == 202
                await asyncio.sleep(0.05)
            await asyncio.gather(*sent)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        await runner.cleanup()
    assert dog.stalls == [], dog.stalls
