"""Slash commands and buttons: who may, what is said, and what becomes work."""

import time

import pytest
from redis.asyncio import Redis

from core import keys, reindexing
from core.health import beat
from core.messages import Forget, Reindex
from core.settings import Settings
from core.texts import say
from tests.bot.slack.conftest import ADMIN, Bot, run
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import BOT_USER, TEAM

GENERAL = "C0GENERAL"


async def text(slack: SlackStandIn, command: str, words: str = "", *, user: str = ADMIN, **fields: str) -> str:
    """What the person is shown, and nobody else."""
    reply = await slack.slash(user, GENERAL, command, words, **fields)
    assert reply.status == 200
    if not reply.body:
        return ""
    assert reply.body["response_type"] == "ephemeral"
    return reply.body["text"]


@pytest.mark.parametrize(
    ("words", "source", "rebuild"),
    [
        ("", "", False),
        ("start", "", False),
        ("start samples", "samples", False),
        ("samples", "samples", False),
        ("start samples --rebuild", "samples", True),
        ("—rebuild", "", True),
    ],
)
async def test_an_administrators_reindex_becomes_work(
    slack: SlackStandIn, bot: Bot, words: str, source: str, rebuild: bool
) -> None:
    assert await text(slack, "/reindex", words) == ""
    [job] = await bot.jobs()
    assert isinstance(job, Reindex)
    assert (job.source, job.rebuild, job.asker.id, job.address.channel, job.address.thread) == (
        source,
        rebuild,
        ADMIN,
        GENERAL,
        "",
    )
    assert abs(job.at - time.time()) < 10


async def test_a_command_delivered_twice_is_one_job(slack: SlackStandIn, bot: Bot) -> None:
    for _ in range(3):
        await text(slack, "/reindex", trigger_id="1.2.same")
    assert len(await bot.jobs()) == 1


BAD = [
    "; rm -rf /",
    "$(reboot)",
    "../../etc",
    "start ../../etc",
    "x" * 40_000,
    "start " + "x" * 100,
    "start samples more",
    "\u202etrats",
    "start --rebuild --rebuild",
    "status --rebuild",
    "start\u3000samples;x",
    "`code`",
    "<!channel>",
]


@pytest.mark.parametrize("words", BAD, ids=range(len(BAD)))
async def test_words_outside_the_grammar_are_refused_and_not_repeated(
    slack: SlackStandIn, bot: Bot, words: str
) -> None:
    assert await text(slack, "/reindex", words) == say("reindex_usage", "ko")
    shown = await text(slack, "/daedap", words)
    assert "명령은 몰라요" in shown
    assert len(shown) < 200
    assert not set("<;$.") & set(shown.partition("명령은")[0])
    assert await bot.jobs() == []


async def test_a_source_that_does_not_exist_is_named_beside_those_that_do(slack: SlackStandIn, bot: Bot) -> None:
    assert await text(slack, "/reindex", "start wiki") == say(
        "reindex_bad_source", "ko", source="wiki", sources="samples"
    )


async def test_others_may_not_reindex_whatever_they_are_called(slack: SlackStandIn, bot: Bot) -> None:
    refused = say("command_not_allowed", "ko", admins=f"<@{ADMIN}>")
    assert await text(slack, "/reindex", user="U0JOON", user_name=ADMIN) == refused
    assert await text(slack, "/reindex", "status", user="U0JOON") == refused
    assert await bot.jobs() == []


async def test_an_administrators_id_from_another_workspace_is_nobody(slack: SlackStandIn, bot: Bot) -> None:
    reply = await slack.slash(ADMIN, GENERAL, "/reindex", "", team_id="T0OTHER")
    assert (reply.status, reply.body, await bot.jobs()) == (200, "", [])


async def test_without_administrators_the_setting_to_write_is_named(
    slack: SlackStandIn, settings: Settings, redis: Redis, redis_url: str
) -> None:
    async for running in run(settings.model_copy(update={"admins": ()}), redis, redis_url):
        slack.bot_url = running.url
        assert await text(slack, "/reindex") == say("command_no_admins", "ko", user=f"slack:{TEAM}:{ADMIN}")


async def test_status_and_cancel_tell_how_far_the_run_is(slack: SlackStandIn, bot: Bot) -> None:
    assert await text(slack, "/reindex", "status") == say("reindex_never", "ko")
    assert await text(slack, "/reindex", "cancel") == say("reindex_never", "ko")
    await reindexing.begin(bot.redis, "job", by=ADMIN)
    await reindexing.report(bot.redis, "job", done=3, total=60)
    running = say("reindex_running", "ko", by=f"<@{ADMIN}>", done=3, total=60)
    assert await text(slack, "/reindex", "status") == running
    assert await text(slack, "/reindex", "start") == running
    assert await text(slack, "/reindex", "cancel") == say("reindex_cancelling", "ko")
    assert await reindexing.report(bot.redis, "job", done=4, total=60) == "stop"
    await reindexing.end(bot.redis, "job", "60 documents")
    assert await text(slack, "/reindex", "status") == say("reindex_idle", "ko", last="60 documents")
    assert await bot.jobs() == []


async def test_daedap_helps_everybody_and_tells_its_state(slack: SlackStandIn, bot: Bot) -> None:
    assert await text(slack, "/daedap", user="U0JOON") == say("help", "ko")
    assert await text(slack, "/daedap", "help", user="U0JOON") == say("help", "ko")
    assert await text(slack, "/daedap", "status") == say("status_no_workers", "ko", waiting=0)
    await beat(bot.redis, "w1", "answers,reindex")
    assert await text(slack, "/daedap", "status") == say("status", "ko", waiting=0, workers=1, oldest=0)
    assert await text(slack, "/daedap", "dance") == say("command_unknown", "ko", command="dance", root="/daedap")


async def test_forget_by_command_means_the_whole_channel(slack: SlackStandIn, bot: Bot) -> None:
    assert await text(slack, "/daedap", "forget", user="U0JOON") == ""
    [job] = await bot.jobs()
    assert isinstance(job, Forget)
    assert (job.whole_channel, job.asker.id, job.address.channel) == (True, "U0JOON", GENERAL)


@pytest.mark.parametrize("field", ["trigger_id", "user_id", "channel_id"])
async def test_a_command_without_its_ids_is_400(slack: SlackStandIn, bot: Bot, field: str) -> None:
    assert (await slack.slash(ADMIN, GENERAL, "/reindex", "", **{field: "no; good"})).status == 400


async def answered(slack: SlackStandIn) -> tuple[str, str]:
    """An answer with buttons: its ts and its job."""
    job = f"slack:{TEAM}:{GENERAL}:{slack.world.stamp()}"
    buttons = [{"type": "button", "action_id": f"feedback_{v}", "value": job, "text": {}} for v in ("good", "bad")]
    blocks = [{"type": "actions", "elements": buttons}]
    return slack.world.add(GENERAL, BOT_USER, "answer", bot=True, blocks=blocks, thread="1.2").ts, job


async def test_a_click_is_kept_once_a_person_and_the_last_one_wins(slack: SlackStandIn, bot: Bot) -> None:
    ts, job = await answered(slack)
    for user, action in (("U0MINA", "good"), ("U0MINA", "good"), ("U0JOON", "good"), ("U0MINA", "bad")):
        assert (await slack.click(user, GENERAL, ts, f"feedback_{action}")).status == 200
    kept = [entry for _, entry in await bot.redis.xrange(keys.feedback(TEAM))]
    who = [(entry["user"].rpartition(":")[2], entry["verdict"]) for entry in kept]
    assert who == [("U0MINA", "good"), ("U0JOON", "good"), ("U0MINA", "bad")]
    assert {entry["job"] for entry in kept} == {job}


async def test_thanks_are_seen_by_that_person_only_and_in_the_thread(slack: SlackStandIn, bot: Bot) -> None:
    ts, _ = await answered(slack)
    await slack.click("U0JOON", GENERAL, ts, "feedback_good")
    for _ in range(100):
        if slack.world.ephemerals:
            break
        await slack.say("U0MINA", GENERAL, "time passes")
    [thanks] = slack.world.ephemerals
    assert (thanks["user"], thanks["thread_ts"], thanks["text"]) == ("U0JOON", "1.2", say("feedback_thanks", "ko"))


@pytest.mark.parametrize(
    "value",
    [f"slack:T0OTHER:{GENERAL}:1700000000.000100", "slack:x", "", "teams:T:C:1.1", f"slack:{TEAM}:{GENERAL}:1.1;x"],
)
async def test_a_click_on_what_is_not_ours_is_not_kept(slack: SlackStandIn, bot: Bot, value: str) -> None:
    ts, _ = await answered(slack)
    assert (await slack.click("U0MINA", GENERAL, ts, "feedback_good", value=value)).status in (200, 400)
    assert await bot.redis.xlen(keys.feedback(TEAM)) == 0


async def test_a_response_url_is_never_called_wherever_it_leads(slack: SlackStandIn, bot: Bot) -> None:
    ts, _ = await answered(slack)
    trap = slack.api_url + "response.url"
    await slack.slash(ADMIN, GENERAL, "/reindex", response_url=trap)
    await slack.slash(ADMIN, GENERAL, "/reindex", response_url=trap, team_id="T0OTHER")
    await slack.slash(ADMIN, GENERAL, "/reindex", "nonsense here now", response_url=trap)
    await slack.click("U0MINA", GENERAL, ts, "feedback_good")
    await slack.say("U0MINA", GENERAL, "time passes")
    assert "response.url" not in {method for method, _ in slack.calls}


async def test_other_buttons_are_acknowledged_and_do_nothing(slack: SlackStandIn, bot: Bot) -> None:
    ts, _ = await answered(slack)
    assert (await slack.click("U0MINA", GENERAL, ts, "feedback_good", action_id="cancel_job")).status == 200
    assert await bot.redis.xlen(keys.feedback(TEAM)) == 0
