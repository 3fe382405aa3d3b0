"""What people see of an answer in Slack, when all goes well and when Slack says no."""

import asyncio

import pytest
from redis.asyncio import Redis

from core.errors import Transient, Undeliverable
from core.ledger import Ledger
from core.messages import Address, Answer, Asker, Forget, Reindex
from core.texts import say
from tests.platforms.slack.rules import texts
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.slack.world import BOT_USER, TEAM
from tests.workers.delivery.conftest import ANSWER, Ask
from workers.delivery.slack import SlackDelivery
from workers.delivery.slack_bounds import PLACEHOLDERS

GENERAL = "C0GENERAL"


async def test_a_placeholder_becomes_the_answer_in_its_thread(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask()
    await delivery.begin(claim)
    [placeholder] = slack.visible(GENERAL, claim.work.address.thread)
    assert placeholder.text == say("thinking", "ko")
    await delivery.step(claim, "searching")
    await delivery.draft(claim, "연차는")
    await delivery.finish(claim, ANSWER)
    [answer] = slack.visible(GENERAL, claim.work.address.thread)
    assert answer.ts == placeholder.ts
    assert "*15일*" in texts(answer.blocks)[0]
    assert "<https://wiki.example/leave|휴가 규정> — 3장 &gt; 이월" in texts(answer.blocks)[1]
    assert len(answer.versions) == 2


async def test_nothing_unfurls_and_no_names_are_looked_for(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask()
    await delivery.begin(claim)
    await delivery.finish(claim, ANSWER)
    written = [given for method, given in slack.calls if method in ("chat.postMessage", "chat.update")]
    for given in written:
        assert (given["unfurl_links"], given["unfurl_media"], given["link_names"], given["parse"]) == (
            False,
            False,
            False,
            "none",
        )


async def test_a_direct_question_is_answered_in_the_conversation_itself(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask(slack.world.direct("U0MINA"))
    await delivery.begin(claim)
    await delivery.finish(claim, ANSWER)
    assert len(slack.visible("D0MINA")) == 1


async def test_any_number_of_workers_send_the_same_bytes(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask()
    await delivery.begin(claim)
    await asyncio.gather(*(delivery.finish(claim, ANSWER) for _ in range(5)))
    updates = [given for method, given in slack.calls if method == "chat.update"]
    assert len(updates) == 5
    assert all(update == updates[0] for update in updates)
    assert len(slack.visible(GENERAL, claim.work.address.thread)) == 1


async def test_begin_on_every_attempt_shows_one_placeholder(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask()
    for _ in range(3):
        await delivery.begin(claim)
    assert len(slack.visible(GENERAL, claim.work.address.thread)) == 1


async def test_buttons_stand_under_answers_and_not_under_apologies(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    good, bad = await ask(), await ask()
    await delivery.finish(good, ANSWER)
    await delivery.finish(bad, Answer(text="sorry", known=False, language="en"))
    [answer], [apology] = (slack.visible(GENERAL, claim.work.address.thread) for claim in (good, bad))
    assert [e["value"] for e in answer.blocks[-1]["elements"]] == [good.job, good.job]
    assert [block["type"] for block in apology.blocks] == ["section"]


FATAL = [
    "invalid_auth",
    "token_revoked",
    "account_inactive",
    "is_archived",
    "missing_scope",
    "ekm_access_denied",
    "no_such_thing",
]


@pytest.mark.parametrize("code", FATAL)
async def test_a_definite_no_is_undeliverable_and_names_the_reason(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, code: str
) -> None:
    claim = await ask()
    slack.faults.script("chat.postMessage", f"error:{code}")
    with pytest.raises(Undeliverable, match=code):
        await delivery.begin(claim)
    await delivery.begin(claim)
    slack.faults.script("chat.update", f"error:{code}")
    with pytest.raises(Undeliverable, match=code):
        await delivery.finish(claim, ANSWER)


async def test_a_deleted_placeholder_cancels_the_answer(slack: SlackStandIn, delivery: SlackDelivery, ask: Ask) -> None:
    claim = await ask()
    await delivery.begin(claim)
    [placeholder] = slack.visible(GENERAL, claim.work.address.thread)
    placeholder.remove()
    with pytest.raises(Undeliverable, match="deleted"):
        await delivery.finish(claim, ANSWER)
    assert slack.visible(GENERAL, claim.work.address.thread) == []


async def test_a_question_in_an_archived_channel_ends_with_a_reason(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask()
    slack.world.channels[GENERAL].archived = True
    with pytest.raises(Undeliverable, match="archived"):
        await delivery.begin(claim)


@pytest.mark.parametrize("traits", [{"private": True}, {}], ids=["private", "public"])
async def test_where_daedap_is_no_member_the_asker_is_answered_directly(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, traits: dict
) -> None:
    slack.channel("C0CLOSED", {"U0MINA"}, **traits)
    claim = await ask("C0CLOSED")
    await delivery.begin(claim)
    await delivery.finish(claim, ANSWER)
    assert slack.visible("C0CLOSED", claim.work.address.thread) == []
    [answer] = slack.visible("D0MINA")
    assert answer.blocks


@pytest.mark.parametrize(
    "code", ["restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_locked"]
)
async def test_where_posting_is_restricted_the_asker_is_answered_directly(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, code: str
) -> None:
    claim = await ask()
    slack.world.channels[GENERAL].restricted = code
    await delivery.begin(claim)
    await delivery.finish(claim, ANSWER)
    assert len(slack.visible("D0MINA")) == 1


async def test_a_direct_conversation_that_is_closed_ends_with_a_reason(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask(slack.world.direct("U0MINA"))
    slack.world.channels["D0MINA"].restricted = "restricted_action"
    with pytest.raises(Undeliverable, match="restricted_action"):
        await delivery.begin(claim)


async def test_removed_from_the_channel_midway_the_answer_comes_directly(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask()
    await delivery.begin(claim)
    slack.world.channels[GENERAL].members.discard(BOT_USER)
    await delivery.finish(claim, ANSWER)
    await delivery.finish(claim, ANSWER)
    assert len(slack.visible("D0MINA")) == 1


async def test_where_edits_are_forbidden_the_answer_is_posted_anew(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask()
    await delivery.begin(claim)
    slack.faults.script("chat.update", "error:edit_window_closed")
    for _ in range(2):
        await delivery.finish(claim, ANSWER)
    [answer] = slack.visible(GENERAL, claim.work.address.thread)
    assert answer.blocks


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long", "msg_too_long"])
async def test_blocks_that_slack_does_not_take_become_plain_text(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, code: str
) -> None:
    claim = await ask()
    await delivery.begin(claim)
    slack.faults.script("chat.update", f"error:{code}")
    await delivery.finish(claim, ANSWER)
    [answer] = slack.visible(GENERAL, claim.work.address.thread)
    assert answer.blocks == []
    assert "https://wiki.example/leave|" in answer.text


async def test_a_long_answer_goes_on_in_further_messages_once(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask()
    await delivery.begin(claim)
    words = [f"word{n}" for n in range(3_000)]
    long = ANSWER.model_copy(update={"text": " ".join(words)})
    for _ in range(2):
        await delivery.finish(claim, long)
    parts = slack.visible(GENERAL, claim.work.address.thread)
    assert len(parts) == 3
    assert " ".join(text for part in parts for text in texts(part.blocks)).split()[:3_000] == words


async def test_a_rate_limit_is_waited_out(slack: SlackStandIn, delivery: SlackDelivery, ask: Ask) -> None:
    claim = await ask()
    slack.faults.script("chat.postMessage", "limited")
    slack.faults.script("chat.update", "limited")
    await delivery.begin(claim)
    await delivery.finish(claim, ANSWER)
    assert len(slack.visible(GENERAL, claim.work.address.thread)) == 1


async def test_a_long_rate_limit_is_told_to_the_worker(slack: SlackStandIn, delivery: SlackDelivery, ask: Ask) -> None:
    claim = await ask()
    slack.faults.retry_after = 120
    slack.faults.script("chat.postMessage", "limited")
    with pytest.raises(Transient) as told:
        await delivery.begin(claim)
    assert told.value.after == 120
    assert await claim.field("intent") is None  # nothing was posted, so nobody needs to look for it


async def test_in_a_rush_only_a_reaction_is_shown_before_the_answer(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask, redis: Redis
) -> None:
    claims = [await ask() for _ in range(PLACEHOLDERS + 1)]
    for claim in claims:
        await delivery.begin(claim)
    last = claims[-1]
    assert slack.visible(GENERAL, last.work.address.thread) == []
    question = slack.world.find(GENERAL, last.work.message)
    assert question is not None
    assert question.reactions == ["eyes"]
    await delivery.finish(last, ANSWER)
    [answer] = slack.visible(GENERAL, last.work.address.thread)
    assert len(answer.versions) == 1


async def test_a_reindex_reports_beneath_a_root_message_that_names_who_began_it(
    slack: SlackStandIn, delivery: SlackDelivery, redis: Redis
) -> None:
    address = Address(platform="slack", tenant=TEAM, channel=GENERAL)
    work = Reindex(address=address, message="1.2.trigger", at=1.0, asker=Asker(id="U0MINA"), language="ko")
    ledger = Ledger(redis)
    await ledger.admit(work)
    claim = await ledger.claim(work.job)
    assert claim is not None
    await delivery.begin(claim)
    for done in range(50):
        await delivery.progress(claim, f"{done}/50")
    await delivery.finish(claim, Answer(text="50/50", known=True, language="ko"))
    [root] = slack.visible(GENERAL)
    [report] = slack.visible(GENERAL, root.ts)
    assert "<@U0MINA>" in root.text
    assert report.versions == ["0/50", "50/50"]


async def test_progress_that_slack_refuses_is_dropped(slack: SlackStandIn, delivery: SlackDelivery, ask: Ask) -> None:
    claim = await ask()
    await delivery.begin(claim)
    slack.faults.script("chat.update", "broken")
    await delivery.progress(claim, "1/2")
    await delivery.finish(claim, ANSWER)


async def test_forgetting_a_channel_is_told_to_the_person_only(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask(kind=Forget, whole_channel=True)
    await delivery.begin(claim)
    await delivery.finish(claim, Answer(text=say("forgotten_channel", "ko"), known=True, language="ko"))
    assert [m for m in slack.world.messages if m.bot] == []
    [whisper] = slack.world.ephemerals
    assert whisper["user"] == "U0MINA"


async def test_forgetting_a_thread_is_said_in_it_without_a_placeholder(
    slack: SlackStandIn, delivery: SlackDelivery, ask: Ask
) -> None:
    claim = await ask(kind=Forget, whole_channel=False)
    await delivery.begin(claim)
    await delivery.finish(claim, Answer(text=say("forgotten", "ko"), known=True, language="ko"))
    [said] = slack.visible(GENERAL, claim.work.address.thread)
    assert said.versions == [say("forgotten", "ko")]
