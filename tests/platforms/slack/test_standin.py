"""The stand-in is as strict as Slack: what it lets through, Slack would take."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.platforms.slack.faults import Faults
from tests.platforms.slack.methods import Call
from tests.platforms.slack.rules import check
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import BOT_TOKEN

GENERAL = "C0GENERAL"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as standin:
        yield standin


async def call(slack: SlackStandIn, method: str, token: str = BOT_TOKEN, **given: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(slack.api_url + method, json=given, headers=headers) as reply,
    ):
        return await reply.json() | {"status": reply.status, "after": reply.headers.get("Retry-After")}


async def test_spelling_mistakes_and_bad_tokens_are_refused(slack: SlackStandIn) -> None:
    assert (await call(slack, "chat.postmessage"))["error"] == "unknown_method"
    assert (await call(slack, "chat.startStream"))["error"] == "unknown_method"
    assert (await call(slack, "call"))["error"] == "unknown_method"
    assert (await call(slack, "auth.test", token="xoxb-wrong"))["error"] == "invalid_auth"
    assert (await call(slack, "auth.test", token=""))["error"] == "not_authed"
    assert (await call(slack, "chat.postMessage", text="x"))["error"] == "invalid_arguments"


def block(**changes: Any) -> list[dict[str, Any]]:
    return [SECTION | changes]


def text(kind: str, letters: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "text": "x" * letters, **more}


BUTTON = {"type": "button", "action_id": "a", "text": text("plain_text", 75), "value": "v" * 2000}
REFUSED = {
    "section over 3,000": block(text=text("mrkdwn", 3001)),
    "empty text": block(text=text("mrkdwn", 0)),
    "unknown key": block(colour="red"),
    "unknown block": [{"type": "sektion", "text": text("mrkdwn", 1)}],
    "51 blocks": [SECTION] * 51,
    "11 context elements": [{"type": "context", "elements": [text("mrkdwn", 1)] * 11}],
    "empty context": [{"type": "context", "elements": []}],
    "button over 75": [{"type": "actions", "elements": [BUTTON | {"text": text("plain_text", 76)}]}],
    "value over 2,000": [{"type": "actions", "elements": [BUTTON | {"value": "v" * 2001}]}],
    "verbatim plain text": block(text=text("plain_text", 1, verbatim=True)),
    "the same id twice": [SECTION | {"block_id": "a"}] * 2,
}


@pytest.mark.parametrize("blocks", REFUSED.values(), ids=REFUSED)
def test_blocks_beyond_slacks_limits_are_refused(blocks: list[dict[str, Any]]) -> None:
    assert check("x", blocks, update=False) == "invalid_blocks"


def test_messages_beyond_slacks_limits_are_refused() -> None:
    assert check("", [], update=False) == "no_text"
    assert check("x" * 40_001, [], update=False) == "msg_too_long"
    assert check("x" * 4_001, [], update=True) == "msg_too_long"
    assert check("x", [SECTION | {"text": text("mrkdwn", 2700)}] * 5, update=False) == "msg_blocks_too_long"
    assert (
        check("x", [SECTION | {"text": text("mrkdwn", 3000)}, {"type": "actions", "elements": [BUTTON]}], update=True)
        == ""
    )


async def test_rate_limits_are_held_per_method_and_channel(slack: SlackStandIn) -> None:
    slack.channel("C0OTHER")
    slack.faults = Faults(limits={"chat.postMessage": (1, 1.0)}, retry_after=3)
    first, second = [await call(slack, "chat.postMessage", channel=GENERAL, text="x") for _ in range(2)]
    other = await call(slack, "chat.postMessage", channel="C0OTHER", text="x")
    assert [reply["status"] for reply in (first, second, other)] == [200, 429, 200]
    assert second["after"] == "3"


async def test_a_reset_call_was_carried_out_and_a_dropped_one_was_not(slack: SlackStandIn) -> None:
    slack.faults.script("chat.postMessage", "reset", "drop")
    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await call(slack, "chat.postMessage", channel=GENERAL, text="x")
    assert len(slack.visible(GENERAL)) == 1


async def test_chances_are_the_same_for_the_same_seed() -> None:
    drawn = [
        [Faults(seed=7, chances={"reset": 0.3, "broken": 0.3}).draw("chat.update", "C") for _ in range(3)]
        for _ in range(2)
    ]
    many = Faults(seed=7, chances={"reset": 0.3, "broken": 0.3})
    kinds = [many.draw("chat.update", "C") for _ in range(1000)]
    assert drawn[0] == drawn[1]
    assert all(abs(kinds.count(kind) - 300) < 60 for kind in ("reset", "broken"))
    assert many.draw("auth.test", "") == ""


async def test_only_our_own_living_messages_can_be_edited(slack: SlackStandIn) -> None:
    hers = slack.world.add(GENERAL, "U0MINA", "hers")
    assert (await call(slack, "chat.update", channel=GENERAL, ts=hers.ts, text="x"))["error"] == "cant_update_message"
    ours = await call(slack, "chat.postMessage", channel=GENERAL, text="x")
    await call(slack, "chat.delete", channel=GENERAL, ts=ours["ts"])
    assert (await call(slack, "chat.update", channel=GENERAL, ts=ours["ts"], text="x"))["error"] == "message_not_found"


async def test_metadata_is_shown_only_when_asked_for(slack: SlackStandIn) -> None:
    metadata = {"event_type": "daedap_job", "event_payload": {"job": "j"}}
    await call(slack, "chat.postMessage", channel=GENERAL, text="x", metadata=metadata)
    without = await call(slack, "conversations.history", channel=GENERAL)
    assert "metadata" not in without["messages"][0]
    shown = await call(slack, "conversations.history", channel=GENERAL, include_all_metadata=True)
    assert shown["messages"][0]["metadata"] == metadata


async def test_long_conversations_come_in_pages(slack: SlackStandIn) -> None:
    for n in range(5):
        slack.world.add(GENERAL, "U0MINA", str(n))
    first = await call(slack, "conversations.history", channel=GENERAL, limit=3)
    rest = await call(
        slack, "conversations.history", channel=GENERAL, limit=3, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [message["text"] for message in first["messages"] + rest["messages"]] == ["4", "3", "2", "1", "0"]
    assert rest["response_metadata"]["next_cursor"] == ""


async def test_it_runs_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "tests.platforms.slack", "--port", "0"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        port = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))["port"]
        async with aiohttp.ClientSession() as session:

            async def control(deed: str, /, **given: Any) -> Any:
                async with session.post(f"http://127.0.0.1:{port}/_control/{deed}", json=given) as reply:
                    return await reply.json()

            await control("channel", name="C0OPS", members=["U0MINA", "U0BOT"])
            await control("faults", seed=1, chances={"reset": 0.1}, limits={"chat.postMessage": [1, 1.0]})
            sent = await control("mention", user="U0MINA", channel="C0OPS", text="question")
            assert [reply["status"] for attempts in sent["replies"] for reply in attempts[-1:]] == [
                0,
                0,
            ]  # nobody listens
            assert await control("visible", channel="C0OPS", thread=sent["thread"]) == []
            assert [message["text"] for message in await control("messages")] == ["<@U0BOT> question"]
    finally:
        process.terminate()
        await process.wait()


async def test_a_late_call_is_carried_out_after_its_client_gave_up(slack: SlackStandIn) -> None:
    slack.faults.late = 0.2
    slack.faults.script("chat.postMessage", "late")
    with pytest.raises(aiohttp.ClientError):
        await call(slack, "chat.postMessage", channel=GENERAL, text="x")
    assert len(slack.visible(GENERAL)) == 1


async def test_each_method_may_have_a_mix_of_faults_of_its_own() -> None:
    faults = Faults(chances={"broken": 1.0}, mixes={"chat.update": {"reset": 1.0}, "auth.test": {"limited": 1.0}})
    methods = ("chat.postMessage", "chat.update", "auth.test", "users.info")
    assert [faults.draw(method, "C") for method in methods] == ["broken", "reset", "limited", ""]


async def test_a_watcher_is_told_who_calls_and_may_keep_a_call_from_arriving(slack: SlackStandIn) -> None:
    seen = []

    async def watch(call: Call, when: str) -> bool:
        seen.append((call.caller, call.method, when))
        return when == "after"

    slack.watch = watch
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.post(slack.api_url_of("one") + "chat.postMessage", json={"channel": GENERAL}, headers=headers)
    assert (seen, slack.visible(GENERAL)) == ([("one", "chat.postMessage", "before")], [])


async def test_a_message_keeps_when_it_said_what(slack: SlackStandIn) -> None:
    sent = await call(slack, "chat.postMessage", channel=GENERAL, text="x")
    await call(slack, "chat.update", channel=GENERAL, ts=sent["ts"], text="y")
    [message] = slack.visible(GENERAL)
    await call(slack, "chat.delete", channel=GENERAL, ts=sent["ts"])
    assert message.versions == ["x", "y"] and message.gone is not None
    assert message.since[0] <= message.since[1] <= message.gone
