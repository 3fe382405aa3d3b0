"""Calling Slack: what each failure is called, and what is tried again."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from core.errors import SettingsError, Transient
from core.settings import SlackSettings
from platforms.slack import client as module
from platforms.slack.client import Identity, Limited, Refused, SlackClient, Uncertain, Unreached
from tests.conftest import free_port
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import BOT_TOKEN

GENERAL = "C0GENERAL"


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as standin:
        yield standin


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[SlackClient]:
    made = SlackClient(SlackSettings(bot_token=SecretStr(BOT_TOKEN), api_url=slack.api_url))
    yield made
    await made.close()


async def test_a_reply_is_given_as_slack_gave_it(client: SlackClient) -> None:
    assert (await client.call("chat.postMessage", channel=GENERAL, text="hello"))["channel"] == GENERAL


async def test_a_definite_no_is_refused_with_slacks_code(client: SlackClient) -> None:
    with pytest.raises(Refused) as no:
        await client.call("chat.postMessage", channel="C0NOWHERE", text="x")
    assert no.value.code == "channel_not_found"


@pytest.mark.parametrize(
    "kind", ["broken", "reset", "drop", "error:internal_error", "error:fatal_error", "error:service_unavailable"]
)
async def test_without_a_usable_reply_it_may_have_happened_and_is_not_repeated(
    slack: SlackStandIn, client: SlackClient, kind: str
) -> None:
    slack.faults.script("chat.postMessage", kind)
    with pytest.raises(Uncertain):
        await client.call("chat.postMessage", channel=GENERAL, text="x")
    assert len(slack.visible(GENERAL)) == (kind == "reset")


async def test_a_call_ends_within_its_time(
    slack: SlackStandIn, client: SlackClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.3)
    slack.faults.script("chat.postMessage", "hang")
    began = time.monotonic()
    with pytest.raises(Uncertain):
        await client.call("chat.postMessage", channel=GENERAL, text="x")
    assert time.monotonic() - began < 2


async def test_a_slack_that_cannot_be_reached_has_done_nothing() -> None:
    nobody = SlackClient(SlackSettings(bot_token=SecretStr("xoxb"), api_url=f"http://127.0.0.1:{free_port()}/api/"))
    with pytest.raises(Unreached):
        await nobody.call("auth.test")
    await nobody.close()


async def test_retry_after_is_waited_out_and_then_it_succeeds(slack: SlackStandIn, client: SlackClient) -> None:
    slack.faults.script("chat.postMessage", "limited")
    began = time.monotonic()
    await client.call("chat.postMessage", channel=GENERAL, text="x")
    assert 1 <= time.monotonic() - began < 3


async def test_retry_after_beyond_the_bound_is_told_to_the_caller(slack: SlackStandIn, client: SlackClient) -> None:
    slack.faults.retry_after = 45
    slack.faults.script("chat.postMessage", "limited")
    with pytest.raises(Limited) as limit:
        await client.call("chat.postMessage", channel=GENERAL, text="x")
    assert limit.value.after == 45


async def test_who_we_are_is_asked_once(slack: SlackStandIn, client: SlackClient) -> None:
    found = await asyncio.gather(*(client.identity() for _ in range(20)))
    assert set(found) == {Identity("T0DAEDAP", "U0BOT", "B0BOT")}
    assert [method for method, _ in slack.calls] == ["auth.test"]


async def test_who_we_are_is_asked_again_after_a_failure_and_survives_an_impatient_caller(
    slack: SlackStandIn, client: SlackClient
) -> None:
    slack.faults.script("auth.test", "broken")
    with pytest.raises(Transient):
        await client.identity()
    impatient = asyncio.create_task(client.identity())
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await client.identity()).user == "U0BOT"


async def test_loopback_is_never_sent_through_a_proxy(
    slack: SlackStandIn, client: SlackClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert await client.identity()


def test_without_a_token_there_is_no_client() -> None:
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN"):
        SlackClient(SlackSettings())


async def test_the_token_is_in_no_error(slack: SlackStandIn, client: SlackClient) -> None:
    for kind in ("broken", "reset", "error:invalid_auth", "limited"):
        slack.faults.script("chat.postMessage", kind)
        with pytest.raises((Transient, Refused)) as failed:
            await client.call("chat.postMessage", patience=0, channel=GENERAL, text="x")
        assert BOT_TOKEN not in f"{failed.value!r} {failed.value.__cause__!r}"
