"""Whatever comes to /slack/events: Slack is let in, nobody else is, and nothing that is sent gives a 5xx."""

import asyncio
import contextlib
import json
import signal
import time
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.slack.fields import Malformed
from bot.slack.verify import NotSlack, read, verify
from tests.bot.slack.conftest import Bot, run
from tests.conftest import RedisServer
from tests.platforms.slack import payloads
from tests.platforms.slack.sender import sign
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import SECRET, TEAM

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def question(slack: SlackStandIn) -> bytes:
    message = slack.world.add("C0GENERAL", "U0MINA", "question")
    return json.dumps(payloads.outer(payloads.said("app_mention", message, slack.world))).encode()


async def status(slack: SlackStandIn, body: bytes, content_type: str = JSON, headers: dict | None = None) -> int:
    return (await slack.sender.post(body, content_type, headers)).status


async def test_a_signed_event_is_admitted_and_its_replay_admits_nothing(slack: SlackStandIn, bot: Bot) -> None:
    body = question(slack)
    headers = sign(body)
    assert [await status(slack, body, headers=headers) for _ in range(100)] == [200] * 100
    assert len(await bot.jobs()) == 1


async def test_without_a_valid_signature_it_is_401(slack: SlackStandIn, bot: Bot) -> None:
    body = question(slack)
    right = sign(body)
    wrong = [
        {},
        {"X-Slack-Signature": right["X-Slack-Signature"]},
        {"X-Slack-Request-Timestamp": right["X-Slack-Request-Timestamp"]},
        sign(body, secret="another app's"),
        sign(body + b" "),
        sign(body, at=time.time() - 301),
        sign(body, at=time.time() + 303),
    ]
    assert [await status(slack, body, headers=headers) for headers in wrong] == [401] * len(wrong)
    assert await status(slack, b"{not even json", headers={}) == 401
    assert await bot.jobs() == []


STAMPS = ["abc", "1e400", "-1", "", " ", "1" * 5000, "١٧٠٠٠٠٠٠٠٠", "1700000000.5", "0x10", "+1700000000"]
SIGNATURES = ["", "v1=" + "a" * 64, "v0=", "v0=" + "A" * 64, "v0=é" + "a" * 63, "a" * 64, "v0=" + "a" * 7000]


@pytest.mark.parametrize("stamp", STAMPS, ids=range(len(STAMPS)))
async def test_an_odd_timestamp_is_401(slack: SlackStandIn, bot: Bot, stamp: str) -> None:
    body = question(slack)
    assert await status(slack, body, headers=sign(body) | {"X-Slack-Request-Timestamp": stamp}) == 401


@pytest.mark.parametrize("signature", SIGNATURES, ids=range(len(SIGNATURES)))
async def test_an_odd_signature_is_401(slack: SlackStandIn, bot: Bot, signature: str) -> None:
    body = question(slack)
    assert await status(slack, body, headers=sign(body) | {"X-Slack-Signature": signature}) == 401


def test_signature_and_timestamp_hold_up_to_five_minutes() -> None:
    body = b"{}"
    verify(sign(body, at=1000), body, SECRET, now=1299)
    verify(sign(body, at=1000), body, SECRET, now=701)
    for now in (1301, 699):
        with pytest.raises(NotSlack):
            verify(sign(body, at=1000), body, SECRET, now=now)


async def test_a_body_of_two_megabytes_is_413(slack: SlackStandIn, bot: Bot) -> None:
    body = b" " * 2_000_000
    assert await status(slack, body) == 413
    assert await status(slack, body, headers={}) == 413

    async def chunks():
        for _ in range(20):
            yield b" " * 100_000

    async with aiohttp.ClientSession() as session, session.post(bot.url, data=chunks()) as reply:
        assert reply.status == 413


async def test_a_sender_of_one_byte_a_second_is_cut_off_and_holds_up_nobody(
    slack: SlackStandIn, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.payload.SLOWEST", 0.5)
    reader, writer = await asyncio.open_connection("127.0.0.1", bot.port)
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    began = time.monotonic()
    assert (await slack.dm("U0MINA", "question")).statuses == [200]
    assert b"408" in await reader.readline()
    assert time.monotonic() - began < 3
    writer.close()


MALFORMED = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"{",
    b"{} {}",
    b"\xff\xfe{}",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"type": NaN}',
    b'{"type": "event_callback", "type": "event_callback"}',
    b'{"type": "event_callback", "event": {"type": "message", "text": "\\ud800"}}',
    b'{"type": "event_callback"}',
    b'{"type": "event_callback", "event": null}',
    b'{"type": "event_callback", "event": []}',
    b'{"type": "event_callback", "event": {"type": 5}}',
    b'{"type": "event_callback", "event": {"type": "message", "ts": 5}}',
    b'{"type": "event_callback", "event": {"type": "message", "channel": []}}',
    b'{"type": "event_callback", "team_id": {}, "event": {"type": "message"}}',
    b'{"type": "event_callback", "authorizations": 5, "event": {"type": "message"}}',
    b'{"type": "event_callback", "authorizations": [5], "event": {"type": "message"}}',
    b'{"type": "url_verification"}',
    b'{"n": ' + b"9" * 5000 + b"}",
]


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
async def test_signed_but_malformed_is_400(slack: SlackStandIn, bot: Bot, body: bytes) -> None:
    assert await status(slack, body) == 400


@pytest.mark.parametrize(
    "field", [{"ts": "abc"}, {"ts": "1\n.5"}, {"channel": "C:1"}, {"user": "u1"}, {"ts": None}, {"thread_ts": "x"}]
)
async def test_a_message_with_impossible_ids_is_400(slack: SlackStandIn, bot: Bot, field: dict) -> None:
    event = payloads.said("app_mention", slack.world.add("C0GENERAL", "U0MINA", "x"), slack.world) | field
    assert await status(slack, json.dumps(payloads.outer(event)).encode()) == 400


FORMS = [
    b"payload=",
    b"payload=[]",
    b"payload={",
    b"payload=%ff",
    b"a=1&" * 500,
    b"%ff=%ff",
    b'payload={"type":"block_actions","actions":5}',
]


@pytest.mark.parametrize("body", FORMS, ids=range(len(FORMS)))
async def test_a_signed_but_malformed_form_is_400(slack: SlackStandIn, bot: Bot, body: bytes) -> None:
    assert await status(slack, body, FORM) == 400


async def test_the_address_is_verified_only_for_slack(slack: SlackStandIn, bot: Bot) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c" * 50, "token": "x"}).encode()
    reply = await slack.sender.post(body, JSON)
    assert (reply.status, reply.body["challenge"]) == (200, "c" * 50)
    assert await status(slack, body, headers={}) == 401


async def test_headers_that_no_signature_covers_change_nothing(slack: SlackStandIn, bot: Bot) -> None:
    body = question(slack)
    extra = {"X-Slack-Retry-Num": "3", "X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": "hear"}
    assert await status(slack, body, headers=sign(body) | extra) == 200
    assert len(await bot.jobs()) == 1


async def test_redis_frozen_or_down_is_a_quick_503_and_the_retry_is_admitted(
    slack: SlackStandIn, bot: Bot, redis_server: RedisServer
) -> None:
    slack.sender.retries = ()
    assert (await slack.dm("U0MINA", "warm up")).statuses == [200]
    redis_server.signal(signal.SIGSTOP)
    try:
        frozen = await slack.dm("U0MINA", "question")
    finally:
        redis_server.signal(signal.SIGCONT)
    assert frozen.statuses == [503]
    assert frozen.replies[0][0].seconds < 1.2
    redis_server.stop()
    try:
        down = await slack.dm("U0MINA", "another")
        command = await slack.slash("U0MINA", "C0GENERAL", "/reindex", "status")
        health = await slack.slash("U0MINA", "C0GENERAL", "/daedap", "status")
    finally:
        redis_server.start()
    assert down.statuses == [503]
    assert down.replies[0][0].seconds < 1.2
    assert [command.body["text"], health.body["text"]] == ["아직 시작하는 중이에요. 잠시 뒤에 다시 시도해 주세요."] * 2
    await slack.redeliver(frozen)
    await slack.redeliver(down)
    assert [job.text for job in await bot.jobs()] == ["warm up", "question", "another"]


async def test_a_slack_that_does_not_say_who_we_are_is_a_503_until_it_does(
    slack: SlackStandIn, settings, redis, redis_url
) -> None:
    slack.faults.script("auth.test", "broken", "broken")
    slack.sender.retries = ()
    async for running in run(settings, redis, redis_url):
        slack.bot_url = running.url
        first = await slack.dm("U0MINA", "question")
        second = await slack.redeliver(first)
        assert second.statuses == [503, 200]
        assert len(await running.jobs()) == 1


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([JSON, FORM, "", "text/plain; charset=utf-16"]))
def test_no_bytes_whatever_break_the_reader(body: bytes, content_type: str) -> None:
    with contextlib.suppress(Malformed):
        assert isinstance(read(body, content_type), dict)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=100),
    st.dictionaries(st.sampled_from(["X-Slack-Signature", "X-Slack-Request-Timestamp"]), st.text(max_size=90)),
)
def test_no_headers_whatever_pass_for_a_signature(body: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(NotSlack):
        verify(headers, body, SECRET, now=1_700_000_000)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
NAMES = [
    "user",
    "channel",
    "ts",
    "thread_ts",
    "text",
    "bot_id",
    "subtype",
    "team",
    "edited",
    "channel_type",
    "client_msg_id",
    "message",
    "files",
]
OUTER = [
    "team_id",
    "api_app_id",
    "authorizations",
    "enterprise_id",
    "is_ext_shared_channel",
    "event_id",
    "context_team_id",
    "team",
    "user",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["message", "app_mention", "reaction_added"]),
    st.dictionaries(st.sampled_from(NAMES), VALUES),
    st.dictionaries(st.sampled_from(OUTER), VALUES),
)
async def test_no_signed_event_whatever_gives_a_5xx(
    slack: SlackStandIn, bot: Bot, kind: str, event: dict, outer: dict
) -> None:
    message = slack.world.add("C0GENERAL", "U0MINA", "x")
    body = payloads.outer(payloads.said(kind, message, slack.world) | event) | outer
    try:
        sent = json.dumps(body).encode()
    except ValueError:
        return
    assert await status(slack, sent) in (200, 400)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["type", "user", "team", "actions", "container", "message", "channel", "view", "callback_id"]),
        VALUES,
    )
)
async def test_no_signed_interaction_whatever_gives_a_5xx(slack: SlackStandIn, bot: Bot, fields: dict) -> None:
    body = {"type": "block_actions", "team": {"id": TEAM}, "user": {"id": "U0MINA"}} | fields
    assert await status(slack, urlencode({"payload": json.dumps(body)}).encode(), FORM) in (200, 400)
