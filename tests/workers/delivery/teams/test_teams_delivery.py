"""What people see of an answer in Teams, when all goes well and when Teams says no."""

import asyncio
from dataclasses import replace

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from core import keys
from core.errors import LeaseLost, Transient, Undeliverable
from core.health import troubles
from core.messages import Answer, Forget, Reindex
from core.settings import Settings, TeamsSettings
from core.texts import say
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import GENERAL, GROUP
from tests.workers.delivery.teams.conftest import ANSWER, Ask, taken_over
from tests.workers.delivery.teams.shown import shown
from workers.delivery.teams import TeamsDelivery


def calls(teams: TeamsStandIn, name: str) -> list[dict]:
    return [given for call, _, given in teams.service.calls if call == name]


@pytest.mark.parametrize("where", [GENERAL, GROUP, "a:1mina"])
async def test_the_bots_placeholder_becomes_the_answer(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, where: str
) -> None:
    teams.world.personal("mina")
    asked = await ask(where)
    await delivery.begin(asked.claim)
    [placeholder] = asked.visible
    assert placeholder.text == say("thinking", "ko")
    await delivery.step(asked.claim, "searching")
    await delivery.draft(asked.claim, "연차는")
    await delivery.finish(asked.claim, ANSWER)
    [answer] = asked.visible
    assert answer.id == placeholder.id and len(answer.versions) == 2
    assert shown(answer.text).words == "연차는 15일입니다 [1].\n출처\n[1] 휴가 규정 — 3장 > 이월"
    [entity] = answer.activity["entities"]
    assert entity["additionalType"] == ["AIGeneratedContent"]
    assert entity["citation"][0]["appearance"]["url"] == "https://wiki.example/leave"
    assert answer.activity["channelData"] == {"feedbackLoop": {"type": "default"}}
    assert answer.activity["replyToId"] == asked.sent.id


async def test_without_a_placeholder_the_answer_is_the_first_message(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask
) -> None:
    asked = await ask(placeholder=False)
    await delivery.begin(asked.claim)
    assert asked.visible == []
    for _ in range(3):
        await delivery.finish(asked.claim, ANSWER)
    [answer] = asked.visible
    assert answer.root == asked.sent.root
    assert len(calls(teams, "send")) == 1


async def test_any_number_of_workers_send_the_same_bytes(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask
) -> None:
    asked = await ask()
    await asyncio.gather(*(delivery.finish(asked.claim, ANSWER) for _ in range(5)))
    updates = calls(teams, "update")
    assert len(updates) == 5 and all(update == updates[0] for update in updates)
    assert len(asked.visible) == 1


async def test_the_message_that_has_the_thumbs_is_known_to_be_the_jobs(
    delivery: TeamsDelivery, ask: Ask, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.delivery.teams.SIZES", (10_000,))
    short, long, sorry = await ask(), await ask(placeholder=False), await ask()
    await delivery.finish(short.claim, ANSWER)
    await delivery.finish(long.claim, LONG)
    await delivery.finish(sorry.claim, Answer(text="sorry", known=False, language="en"))
    for asked, expected in ((short, short.claim.job), (long, long.claim.job), (sorry, None)):
        room, last = asked.claim.work.address.room, asked.visible[-1].id
        assert await redis.get(keys.posted(room, last)) == expected


async def test_an_apology_has_no_label_and_no_thumbs(teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask) -> None:
    asked = await ask()
    await delivery.finish(asked.claim, Answer(text="sorry", known=False, language="en"))
    [apology] = asked.visible
    assert "entities" not in apology.activity and "feedbackLoop" not in (apology.activity.get("channelData") or {})


REFUSALS = {
    "ActivityNotFoundInConversation": (404, "deleted the placeholder"),
    "ConversationNotFound": (404, "conversation was deleted"),
    "BotNotInConversationRoster": (403, "add it again"),
    "ConversationBlockedByUser": (403, "blocked"),
    "BotDisabledByAdmin": (403, "administrator"),
    "NotEnoughPermissions": (403, "may not write"),
    "ForeignService": (403, "service_hosts"),
    "Unheard": (409, "no other reason"),
}


@pytest.mark.parametrize(("code", "status", "reason"), [(code, *rest) for code, rest in REFUSALS.items()])
@pytest.mark.parametrize("placeholder", [True, False])
async def test_a_definite_no_is_undeliverable_and_names_the_reason(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, code: str, status: int, reason: str, placeholder: bool
) -> None:
    asked = await ask(placeholder=placeholder)
    teams.faults.script("update" if placeholder else "send", f"error:{code}:{status}")
    with pytest.raises(Undeliverable, match=f"{code}.*{reason}"):
        await delivery.finish(asked.claim, ANSWER)
    assert await asked.claim.field("intent") is None  # nothing was posted, so nobody needs to wonder


async def test_a_wrong_secret_is_undeliverable_and_names_the_settings(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask
) -> None:
    asked = await ask()
    teams.faults.script("update", "unauthorized", "unauthorized")
    with pytest.raises(Undeliverable, match="MICROSOFT_APP_ID"):
        await delivery.finish(asked.claim, ANSWER)


TROUBLES = ["unauthorized_client:400", "BotNotRegistered:401", "ForeignService:403", "no reason given:401"]


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_what_somebody_must_set_right_is_remembered_until_an_answer_arrives(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis, trouble: str
) -> None:
    teams.faults.script("update", *[f"error:{trouble}"] * (1 if trouble.endswith("403") else 2))
    with pytest.raises(Undeliverable, match=r"MICROSOFT_APP_ID|service_hosts"):
        await delivery.finish((await ask()).claim, ANSWER)
    assert await troubles(redis) == {"teams": trouble.partition(":")[0]}
    await delivery.finish((await ask()).claim, ANSWER)
    assert await troubles(redis) == {}


async def test_a_chat_that_is_gone_is_nobodys_trouble(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis
) -> None:
    teams.faults.script("update", "error:ConversationNotFound:404")
    with pytest.raises(Undeliverable):
        await delivery.finish((await ask()).claim, ANSWER)
    assert await troubles(redis) == {}


async def test_an_expired_secret_is_named_and_alarms(teams: TeamsStandIn, ask: Ask, redis: Redis) -> None:
    wrong = TeamsDelivery(Settings(teams=TeamsSettings(**teams.given | {"app_password": SecretStr("wrong")})), redis)
    with pytest.raises(Undeliverable, match=r"invalid_client.*MICROSOFT_APP_PASSWORD"):
        await wrong.finish((await ask()).claim, ANSWER)
    assert await troubles(redis) == {"teams": "invalid_client"}
    await wrong.close()


async def test_a_deleted_placeholder_cancels_the_answer(teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask) -> None:
    asked = await ask()
    asked.visible[0].deleted = True
    with pytest.raises(Undeliverable, match="deleted"):
        await delivery.finish(asked.claim, ANSWER)
    assert asked.visible == []


@pytest.mark.parametrize("hours", [0, 2])
async def test_what_can_no_longer_be_edited_after_hours_is_answered_in_its_stead(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, hours: int
) -> None:
    asked = await ask()
    record = {**asked.claim.record, "admitted": str(float(asked.claim.record["admitted"]) - 3600 * hours)}
    claim = replace(asked.claim, record=record)
    teams.faults.script("update", "error:MessageEditNotAllowed:403")
    if not hours:  # soon after the question it is what a deleted message gives
        with pytest.raises(Undeliverable):
            await delivery.finish(claim, ANSWER)
        return
    for _ in range(2):  # whoever comes again posts no second one
        await delivery.finish(claim, ANSWER)
    [message] = asked.visible
    assert "15일" in message.text and message.text != say("thinking", "ko")


async def test_a_bot_that_was_removed_from_the_chat_says_so_in_the_log(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask
) -> None:
    asked = await ask(GROUP)
    teams.world.conversations[GROUP].bot = False
    with pytest.raises(Undeliverable, match="removed from the conversation"):
        await delivery.finish(asked.claim, ANSWER)


async def test_a_record_without_a_reference_cannot_be_answered(delivery: TeamsDelivery, ask: Ask) -> None:
    asked = await ask(placeholder=False, reference="not json")
    with pytest.raises(Undeliverable, match="no conversation reference"):
        await delivery.finish(asked.claim, ANSWER)


async def test_what_teams_does_not_understand_is_said_in_plain_words(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask
) -> None:
    asked = await ask()
    teams.faults.script("update", "error:BadArgument:400")
    await delivery.finish(asked.claim, ANSWER)
    [answer] = asked.visible
    assert not answer.activity.get("entities")
    assert "[휴가 규정](https://wiki.example/leave)" in answer.text
    teams.faults.script("update", "error:BadArgument:400", "error:BadArgument:400")
    with pytest.raises(Undeliverable):
        await delivery.finish(asked.claim, ANSWER)


LONG = ANSWER.model_copy(update={"text": " ".join(f"word{n}" for n in range(2_800))})


async def test_a_message_that_teams_finds_too_big_becomes_several(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask
) -> None:
    asked = await ask()
    teams.faults.script("update", "error:MessageSizeTooBig:413")
    for _ in range(2):
        await delivery.finish(asked.claim, LONG)
    parts = asked.visible
    assert len(parts) == 2  # the second time it would fit: what was posted stays, and nothing comes twice
    assert [call for call, *_ in teams.service.calls].count("send") == 2


async def test_a_long_answer_goes_on_in_further_messages_once(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.delivery.teams.SIZES", (10_000, 5_000))
    asked = await ask()
    for _ in range(3):
        await delivery.finish(asked.claim, LONG)
    parts = asked.visible
    said = " ".join(shown(part.text).words for part in parts).split()
    assert said[:2_800] == LONG.text.split()
    assert len(parts) > 4 and len(calls(teams, "send")) == len(parts)
    assert [bool((part.activity.get("channelData") or {}).get("feedbackLoop")) for part in parts].count(True) == 1


async def test_too_big_however_small_ends_with_the_reason(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask
) -> None:
    asked = await ask()
    teams.faults.script("update", *["error:MessageSizeTooBig:413"] * 4)
    with pytest.raises(Undeliverable, match="MessageSizeTooBig"):
        await delivery.finish(asked.claim, ANSWER)


@pytest.mark.parametrize("placeholder", [True, False])
@pytest.mark.parametrize("kind", ["limited", "conflict"])
async def test_a_rate_limit_is_waited_out(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, kind: str, placeholder: bool
) -> None:
    asked = await ask(placeholder=placeholder)
    teams.faults.retry_after = 0.1  # type: ignore[assignment]
    teams.faults.script("update" if placeholder else "send", kind)
    await delivery.finish(asked.claim, ANSWER)
    [answer] = asked.visible
    assert "15일" in answer.text


@pytest.mark.parametrize("placeholder", [True, False])
async def test_a_long_rate_limit_is_told_to_the_worker(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, placeholder: bool
) -> None:
    asked = await ask(placeholder=placeholder)
    teams.faults.retry_after = 120
    teams.faults.script("update" if placeholder else "send", "limited")
    with pytest.raises(Transient) as told:
        await delivery.finish(asked.claim, ANSWER)
    assert told.value.after == 120
    assert await asked.claim.field("intent") is None


async def test_a_reindex_says_who_began_it_and_reports_in_that_message(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask
) -> None:
    asked = await ask(kind=Reindex, placeholder=False)
    for _ in range(2):
        await delivery.begin(asked.claim)
    for done in range(50):
        await delivery.progress(asked.claim, f"{done}/50")
    await delivery.finish(asked.claim, Answer(text="50/50", known=True, language="ko"))
    [report] = asked.visible
    assert report.versions == ["문서를 다시 읽기 시작했어요: 모든 소스 — Mina", "0/50", "50/50"]
    assert "entities" not in report.activity


async def test_a_reindex_whose_beginning_may_not_have_been_said_still_reports_its_end(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, quick: None, redis: Redis
) -> None:
    asked = await ask(kind=Reindex, placeholder=False)
    teams.faults.script("send", "reset")
    with pytest.raises(Transient):
        await delivery.begin(asked.claim)
    successor = await taken_over(redis, asked.claim)
    await delivery.begin(successor)
    await delivery.progress(successor, "1/2")
    await delivery.finish(successor, Answer(text="2/2", known=True, language="ko"))
    assert [message.text for message in asked.visible][1:] == ["2/2"]


async def test_progress_that_teams_refuses_is_dropped(teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask) -> None:
    asked = await ask(kind=Reindex)
    teams.faults.script("update", "limited")
    await delivery.progress(asked.claim, "1/2")
    await delivery.finish(asked.claim, ANSWER)
    assert len(asked.visible) == 1


async def test_forgetting_is_answered_where_it_was_said(teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask) -> None:
    asked = await ask(kind=Forget, placeholder=False)
    await delivery.begin(asked.claim)
    await delivery.finish(asked.claim, Answer(text=say("forgotten", "ko"), known=True, language="ko"))
    [said] = asked.visible
    assert said.versions == [say("forgotten", "ko")]


async def test_a_question_taken_back_takes_what_was_shown_with_it(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.delivery.teams.SIZES", (10_000,))
    asked = await ask()
    await delivery.finish(asked.claim, LONG)
    assert len(asked.visible) > 2
    successor = await taken_over(redis, asked.claim)
    for _ in range(2):
        await delivery.take_back(successor)
    assert asked.visible == []


async def test_a_message_that_teams_will_not_delete_keeps_no_other_from_going(
    teams: TeamsStandIn, delivery: TeamsDelivery, ask: Ask, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.delivery.teams.SIZES", (10_000,))
    asked = await ask()
    await delivery.finish(asked.claim, LONG)
    parts = len(asked.visible)
    teams.faults.script("delete", "error:ServiceError:403")  # as for one that is deleted already
    with pytest.raises(Undeliverable):
        await delivery.take_back(await taken_over(redis, asked.claim))
    assert parts > 2 and len(asked.visible) == 1


async def test_what_a_worker_posts_after_the_question_was_taken_back_goes_again(
    delivery: TeamsDelivery, ask: Ask, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await ask(placeholder=False)
    send = delivery._connector.send

    async def slow(*given):
        sent = await send(*given)
        await redis.hset(asked.claim._key, mapping={"withdrawn": "1", "token": "99"})
        return sent

    monkeypatch.setattr(delivery._connector, "send", slow)
    with pytest.raises(LeaseLost):
        await delivery.finish(asked.claim, ANSWER)
    assert asked.visible == []
