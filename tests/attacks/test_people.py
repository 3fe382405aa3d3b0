"""A15-A20: who may have the documents read again, whose buttons count, and who is never called."""

import asyncio

import pytest
import pytest_asyncio

from core import keys
from core.texts import say
from tests.attacks.conftest import QUESTION, Recorder, Target
from tests.platforms.slack.world import TEAM
from tests.scenarios.conftest import ADMIN
from tests.scenarios.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

DENIED = say("command_not_allowed", "ko", admins=f"<@{ADMIN}>")


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def nothing_is_admitted(target: Target):
    """Every refusal leaves Redis without a reindex."""
    yield
    kinds = [await target.redis.hget(name, "kind") for name in await target.jobs()]
    assert "reindex" not in kinds


async def told(target: Target, user: str, words: str = "start", **fields: str) -> str:
    """What the person alone is shown."""
    reply = await target.slack.slash(user, "C0ALL", "/reindex", words, **fields)
    assert reply.status == 200
    return reply.body["text"] if reply.body else ""


async def test_a15_who_is_no_administrator_is_refused_alone_and_it_is_logged(target: Target):
    before = len(target.slack.world.messages)
    assert await told(target, "U0TOM") == DENIED
    assert len(target.slack.world.messages) == before
    assert '"command.refused"' in target.log("bot") and f"slack:{TEAM}:U0TOM" in target.log("bot")


NAMES = ["user_name", "real_name", "display_name", "username", "enterprise_name", "team_domain"]


@pytest.mark.parametrize("name", NAMES)
async def test_a16_an_administrators_name_makes_no_administrator(target: Target, name):
    assert await told(target, "U0TOM", **{name: ADMIN}) == DENIED


async def test_a16_a_guest_and_another_workspaces_person_are_nobody(target: Target):
    assert await told(target, "U0GUEST", is_restricted="false", is_admin="true", is_owner="true") == DENIED
    assert await told(target, ADMIN, team_id="T0OTHER") == ""
    assert await told(target, ADMIN, team_id="T0OTHER", user_team=TEAM, enterprise_id=TEAM) == ""
    for user in (ADMIN.lower(), f"{ADMIN} ", f"slack:{TEAM}:{ADMIN}", f"{ADMIN}\x00", ADMIN.replace("0", "Ο")):
        assert (await target.slack.slash(user, "C0ALL", "/reindex", "start")).status == 400


async def test_a17_who_is_administrator_no_more_is_refused_by_the_bot_that_knows(target: Target, tmp_path):
    """Roles are settings: nothing of one is kept in Redis, or anywhere but in the running process."""
    assert await told(target, ADMIN, "status") == say("reindex_never", "ko")
    changed = target.stack.environment | {"DAEDAP_ADMINS": f'["slack:{TEAM}:U0SUE"]'}
    own = {name: value for name, value in changed.items() if name.startswith(("DAEDAP", "SLACK", "OPENAI"))}
    own.pop("DAEDAP_BIND")
    other = Stack(tmp_path, target.stack.environment["REDIS_URL"], **own)
    before = target.slack.bot_url
    try:
        other.start_bot()
        await asyncio.to_thread(other.until, lambda: other.get("/healthz")[0] == 200, 30, "the bot listens")
        target.slack.bot_url = f"{other.url}/slack/events"
        assert await told(target, ADMIN) == say("command_not_allowed", "ko", admins="<@U0SUE>")
        assert await told(target, "U0SUE", "status") == say("reindex_never", "ko")
    finally:
        target.slack.bot_url = before
        other.stop()


HOSTILE = [
    "; rm -rf",
    "$(reboot)",
    "`id`",
    "../../etc",
    "start ../../etc/passwd",
    "x" * 40_000,
    "\u202esutats",
    "start\x00",
]
HOSTILE += [
    "start --rebuild; id",
    "start samples --rebuild --rebuild",
    "%2e%2e%2f",
    "start\nstatus",
    "--config=/etc/passwd",
]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
async def test_a18_arguments_outside_the_grammar_are_refused_and_not_repeated(target: Target, words):
    shown = await told(target, ADMIN, words)
    assert shown in (say("reindex_usage", "ko"), say("reindex_bad_source", "ko", source="status", sources="samples"))
    await target.unharmed()


async def test_a19_a_button_of_anothers_job_or_tenant_does_nothing(target: Target):
    sent = await target.slack.dm("U0TOM", QUESTION)
    answer = await target.slack.answer(sent)
    await target.idle()
    job = f"slack:{TEAM}:{sent.channel}:{sent.ts}"
    record = await target.redis.hgetall(keys.job(TEAM, job))
    kept = await target.redis.xlen(keys.feedback(TEAM))
    for action in ("cancel_job", "reindex_cancel", "delete", "feedback_good\x00"):
        reply = await target.slack.click("U0SUE", sent.channel, answer.ts, "feedback_good", action_id=action, value=job)
        assert reply.status in (200, 400)
    for value in ("slack:T0OTHER:C0ALL:1.1", "playground:local:page:1", "teams:tenant:19:x:1", f"{job}\n", "*", "../x"):
        reply = await target.slack.click("U0SUE", sent.channel, answer.ts, "feedback_good", value=value)
        assert reply.status in (200, 400)
    assert await target.redis.hgetall(keys.job(TEAM, job)) == record
    assert await target.redis.xlen(keys.feedback(TEAM)) == kept
    assert [one.text for one in target.answers(sent) if one.ts == answer.ts] == [answer.text]


async def test_a20_a_response_url_is_never_called_wherever_it_leads(target: Target, elsewhere: Recorder):
    """Not even Slack's own: what is said goes through our own token. The stand-in elsewhere would have seen a call."""
    sent = await target.slack.mention("U0TOM", "C0ALL", QUESTION)
    answer = await target.slack.answer(sent)
    url = f"{elsewhere.url}/hooks.slack.com.evil.example/commands/T0/1/x"
    for user, words in (("U0TOM", "start"), (ADMIN, "status"), (ADMIN, "; rm -rf"), (ADMIN, "start wiki")):
        await told(target, user, words, response_url=url)
    await told(target, ADMIN, response_url=url, team_id="T0OTHER")  # bolt itself would tell it that it is not installed
    await target.slack.slash("U0TOM", "C0ALL", "/daedap", "status", response_url=url)
    await target.slack.slash("U0TOM", "C0ALL", "/unknown", "", response_url=url)
    assert any(block["type"] == "actions" for block in answer.blocks)
    await _click_with(target, answer.ts, url)
    await target.unharmed()
    assert elsewhere.asked == []


async def _click_with(target: Target, ts: str, url: str) -> None:
    """A click whose payload names `url` wherever payloads name one."""
    button = {"type": "button", "action_id": "feedback_good", "value": "slack:x", "action_ts": "1.1", "block_id": "b"}
    payload = {"type": "block_actions", "team": {"id": TEAM}, "user": {"id": "U0TOM"}, "actions": [button]}
    payload |= {"response_url": url, "response_urls": [{"response_url": url}], "container": {"channel_id": "C0ALL"}}
    for value in ("slack:x", f"slack:{TEAM}:C0ALL:{ts}"):
        button["value"] = value
        assert (await target.slack.sender.form("interactive", payload)).status in (200, 400)
