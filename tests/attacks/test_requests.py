"""A8-A11 and A14 against the running bot: replays, strangers, slow senders, malformed bodies, forged headers."""

import asyncio
import json
import time
from typing import Any

import pytest

from tests.attacks.conftest import QUESTION, Target
from tests.platforms.slack import payloads
from tests.platforms.slack.sender import sign
from tests.platforms.slack.world import BOT_ID

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = "application/json"
SLOW = 200  # connections that send a byte a second


def mention(target: Target, **fields: Any) -> tuple[bytes, str]:
    """A signed-to-be event and the ts of its message."""
    said = target.slack.world.add("C0ALL", "U0TOM", f"<@U0BOT> {QUESTION}")
    event = payloads.said("app_mention", said, target.slack.world)
    return json.dumps(payloads.outer(event) | fields).encode(), said.ts


async def posted(target: Target, body: bytes, headers: dict[str, str] | None = None) -> int:
    return (await target.slack.sender.post(body, JSON, headers)).status


async def answered(target: Target, ts: str) -> int:
    """How many messages stand beneath a question, once all jobs have ended."""
    for _ in range(100):
        if target.slack.visible("C0ALL", ts):
            break
        await asyncio.sleep(0.1)
    await target.idle()
    return len(target.slack.visible("C0ALL", ts))


async def test_a8_a_hundred_replays_of_a_valid_request_give_one_answer(target: Target):
    body, ts = mention(target)
    headers = sign(body, at=time.time() - 290)
    first = [await posted(target, body, headers) for _ in range(50)]
    assert await answered(target, ts) == 1
    then = await asyncio.gather(*(posted(target, body, headers) for _ in range(50)))  # now that it has been answered
    assert first + then == [200] * 100
    assert await answered(target, ts) == 1


async def test_a9_an_event_of_another_app_or_workspace_is_answered_nowhere(target: Target):
    foreign: dict[str, Any] = {
        "team_id": "T0OTHER",
        "authorizations": [{"team_id": "T0OTHER", "user_id": "U0BOT", "is_bot": True}],
    }
    signed_by_another = mention(target, api_app_id="A0OTHER")
    of_another_team = mention(target, **foreign)
    before = await target.jobs()
    secret = sign(signed_by_another[0], secret="the other app's secret")
    assert await posted(target, signed_by_another[0], secret) == 401
    assert await posted(target, of_another_team[0]) == 200  # Slack need not send it again
    assert await target.jobs() == before


async def _slow(target: Target, beginning: bytes) -> float:
    """Seconds until a connection that sends one more byte a second is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.stack.port)
    began = time.monotonic()
    writer.write(beginning)
    closed = asyncio.create_task(reader.read())
    while not closed.done() and time.monotonic() - began < 20:
        writer.write(b"a")
        await asyncio.wait((closed,), timeout=1.0)
    seconds = time.monotonic() - began
    closed.cancel()
    writer.close()
    return seconds


@pytest.mark.timeout(90)
async def test_a10_senders_of_a_byte_a_second_are_cut_off_and_hold_up_nobody(target: Target):
    in_headers = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-Slow: "
    in_body = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"
    alone = [await _acknowledged(target) for _ in range(50)]
    slow = [asyncio.create_task(_slow(target, kind)) for kind in (in_headers, in_body) for _ in range(SLOW // 2)]
    await asyncio.sleep(1.0)
    beside = [await _acknowledged(target) for _ in range(50)]
    seconds = await asyncio.gather(*slow)
    assert max(seconds) < 11.0, "closed within 10 s, and seen with the byte of the next second"
    assert sorted(beside)[25] < sorted(alone)[25] * 3 + 0.02 and max(beside) < 1.0, (alone, beside)
    await target.unharmed()


async def _acknowledged(target: Target) -> float:
    began = time.monotonic()
    assert await posted(target, b'{"type": "event_callback", "event": {"type": "reaction_added"}}') == 200
    return time.monotonic() - began


@pytest.mark.parametrize("path", ["/slack/events", "/nowhere", "/page/ask"])
async def test_a10_two_megabytes_are_refused_wherever_they_are_sent(target: Target, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", target.stack.port)
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{target.stack.port}\r\nContent-Length: 2000000\r\n\r\n".encode()
    )
    status = (await asyncio.wait_for(reader.readline(), 12)).split()[1]
    writer.close()
    assert status in (b"413", b"404", b"403", b"415", b"408")
    await target.unharmed()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"type": NaN}',
        b'{"type": "a", "type": "b"}',
        b"\xff\xfe",
        b"[]",
        b'{"type": "event_callback", "event": null}',
        b'{"type": "x", "event": {"type": "message", "text": "\\ud800"}}',
    ],
    ids=range(8),
)
async def test_a11_signed_and_malformed_is_400_and_logged_once(target: Target, body):
    before = target.log("bot").count("\n")
    assert await posted(target, body) == 400
    await asyncio.sleep(0.1)
    lines = target.log("bot").splitlines()[before:]
    assert [json.loads(line)["event"] for line in lines] == ["slack.malformed"]


async def test_a14_what_is_forged_beside_a_signed_body_suppresses_no_answer(target: Target):
    body, ts = mention(target)
    forged = {"X-Slack-Retry-Num": "3", "X-Slack-Retry-Reason": "http_timeout", "X-Slack-No-Retry": "1"}
    forged |= {"X-Slack-Bolt-Lazy-Only": "1", "bot_id": BOT_ID, "Cookie": f"bot_id={BOT_ID}"}
    url = target.slack.sender.url
    target.slack.sender.url = f"{url}?bot_id={BOT_ID}&retry_num=3&event_id=Ev1"
    try:
        assert await posted(target, body, sign(body) | forged) == 200
    finally:
        target.slack.sender.url = url
    assert await answered(target, ts) == 1


async def test_a14_a_bot_id_put_into_the_body_breaks_its_signature(target: Target):
    body, ts = mention(target)
    forged = body.replace(b'"type": "app_mention"', b'"bot_id": "B0BOT", "type": "app_mention"')
    assert forged != body
    assert await posted(target, forged, sign(body)) == 401
    assert await posted(target, body) == 200
    assert await answered(target, ts) == 1
