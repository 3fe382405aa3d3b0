"""A73: nothing that anybody sends can write a line of its own into a log, or colour a terminal."""

import asyncio
import contextlib
import io
import json

import pytest
import structlog

from core.telemetry import configure
from tests.attacks.conftest import QUESTION, Target
from tests.attacks.test_queue import QUEUE, call, message
from tests.platforms.slack.sender import sign

FORGED = '\n{"event": "forged", "level": "critical"}\n[CRITICAL] forged \x1b[2J\x1b]0;forged\x07\r\u2028\x85'


@pytest.mark.asyncio(loop_scope="session")
async def test_a73_what_people_and_requests_say_makes_no_line_in_a_log(target: Target):
    await target.ask(f"{QUESTION} {FORGED}")
    await target.slack.slash("U0MINA", "C0ALL", "/reindex", f"start {FORGED}")
    await target.slack.slash("U0TOM", "C0ALL", "/daedap", FORGED, user_name=FORGED)
    for body, kind in (
        (FORGED.encode(), "application/json"),
        (b'{"type": "x\\n[CRITICAL] forged"}', "application/json"),
    ):
        await target.slack.sender.post(body, kind)
        await target.slack.sender.post(body, "text/forged", {**sign(body, secret="wrong")})
    await target.redis.lpush(
        QUEUE, message(call(f"slack:T:C:{FORGED}")), message(call("x"), task=FORGED), FORGED.encode()
    )
    for raw in (
        b"GET /\x1b[2J forged HTTP/1.1\r\n\r\n",
        b"forged\x1b\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: forged\x1b\x07\r\n\r\n",
    ):
        _, writer = await asyncio.open_connection("127.0.0.1", target.stack.port)
        writer.write(raw)
        await asyncio.sleep(0.1)
        writer.close()
    await asyncio.sleep(1.0)
    await target.unharmed()
    for name in ("bot", "worker"):
        lines = target.log(name).splitlines()
        assert "\x1b" not in target.log(name) and "\x07" not in target.log(name)
        assert [line for line in lines if "forged" in line and not _one_event(line)] == []
        assert [line for line in lines if line.startswith(("[CRITICAL]", '{"event": "forged"'))] == []
        assert QUESTION not in target.log(name)


def _one_event(line: str) -> bool:
    with contextlib.suppress(ValueError):
        return json.loads(line)["event"] != "forged"
    return False


@pytest.mark.parametrize(
    "value", ["x\n[CRITICAL] forged", "u1\x1b[31m", "\x1b]0;title\x07", "a\rb", "a\u2028b", "\x9b31m"]
)
@pytest.mark.parametrize("readable", [True, False], ids=["terminal", "file"])
def test_a73_every_value_is_one_line_without_a_live_escape(monkeypatch, value, readable):
    seen = io.StringIO()
    monkeypatch.setattr("sys.stderr", seen)
    configure(readable=readable)
    try:
        structlog.get_logger().warning("tested", reason=value)
    finally:
        structlog.reset_defaults()
    shown = seen.getvalue()
    assert len(shown.splitlines()) == 1
    assert value not in shown
