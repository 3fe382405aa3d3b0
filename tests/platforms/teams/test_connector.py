"""Speaking in Teams: what arrives, what each failure is called, and that nothing is said twice."""

import asyncio
import time
from typing import Any

import pytest
from pydantic import SecretStr

from core.errors import SettingsError, Transient
from core.settings import TeamsSettings
from platforms.teams.connector import Connector, Limited, Refused, Uncertain, Unreached
from platforms.teams.tokens import tokens_for
from tests.conftest import free_port
from tests.platforms.teams.standin import Sent, TeamsStandIn
from tests.platforms.teams.world import APP_ID, BOT, GENERAL, GROUP, TENANT

ANSWER: dict[str, Any] = {
    "type": "message",
    "text": "**연차**는 15일입니다 [1].",
    "textFormat": "markdown",
    "channelData": {"feedbackLoop": {"type": "default"}},
    "entities": [
        {
            "type": "https://schema.org/Message",
            "@type": "Message",
            "@context": "https://schema.org",
            "@id": "",
            "additionalType": ["AIGeneratedContent"],
            "usageInfo": {"@type": "CreativeWork", "name": "Internal"},
            "citation": [
                {
                    "@type": "Claim",
                    "position": 1,
                    "appearance": {
                        "@type": "DigitalDocument",
                        "name": "Leave",
                        "url": "https://wiki.example/leave",
                        "abstract": "Fifteen days.",
                        "keywords": ["people"],
                    },
                }
            ],
        }
    ],
    "attachments": [
        {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "x"}]},
        }
    ],
}
TEXT = {"type": "message", "text": "hello"}


def draft(teams: TeamsStandIn, conversation: str = GENERAL) -> Sent:
    return teams.draft("mina", conversation, "question")


async def test_what_is_said_arrives_whole_as_a_reply_in_the_thread(teams: TeamsStandIn, connector: Connector) -> None:
    sent = draft(teams)
    name = await connector.send(teams.reference(sent), ANSWER)
    [message] = teams.visible(GENERAL, sent.root)
    assert (message.id, message.root) == (name, sent.id)
    assert {key: message.activity[key] for key in ANSWER} == ANSWER
    assert (message.activity["replyToId"], message.activity["locale"]) == (sent.id, "ko-KR")
    assert message.activity["from"] == BOT
    [headers] = teams.service.headers
    [(_, place, _)] = teams.service.calls
    assert place == f"{GENERAL};messageid={sent.id}"  # the conversation's id names the thread, and nothing else does
    assert "botframework-connector" in headers["User-Agent"]
    assert message.activity["conversation"]["id"] == f"{GENERAL};messageid={sent.id}"


async def test_a_personal_chat_and_a_group_chat_are_reached_as_well(teams: TeamsStandIn, connector: Connector) -> None:
    for place in (teams.world.personal("mina").id, GROUP):
        await connector.send(teams.reference(draft(teams, place)), TEXT)
        assert [message.text for message in teams.visible(place)] == ["hello"]


async def test_a_message_is_replaced_and_taken_back_by_its_id(teams: TeamsStandIn, connector: Connector) -> None:
    reference = teams.reference(draft(teams))
    name = await connector.send(reference, TEXT)
    for _ in range(2):
        await connector.update(reference, name, ANSWER)
    [message] = teams.visible(GENERAL)
    assert message.versions == ["hello", ANSWER["text"], ANSWER["text"]]
    assert message.activity["entities"] == ANSWER["entities"]
    await connector.delete(reference, name)
    assert teams.visible(GENERAL) == []
    with pytest.raises(Refused) as gone:
        await connector.update(reference, name, ANSWER)
    assert (gone.value.code, gone.value.status) == ("ActivityNotFoundInConversation", 404)


async def test_a_reference_without_a_message_starts_a_new_one(teams: TeamsStandIn, connector: Connector) -> None:
    reference = teams.reference(draft(teams)) | {"conversation": {"id": GENERAL}}
    del reference["activityId"]
    await connector.send(reference, TEXT)
    [message] = teams.visible(GENERAL)
    assert message.root == message.id


REFUSED = {
    "error:BotDisabledByAdmin:403": ("BotDisabledByAdmin", 403),
    "error:BadArgument:400": ("BadArgument", 400),
    "error:MovedPermanently:301": ("MovedPermanently", 301),
    "error:ConversationBlockedByUser:409": ("ConversationBlockedByUser", 409),
}


@pytest.mark.parametrize(("fault", "expected"), REFUSED.items())
async def test_a_definite_no_is_refused_with_teams_code(
    teams: TeamsStandIn, connector: Connector, fault: str, expected: tuple[str, int]
) -> None:
    teams.faults.script("send", fault)
    with pytest.raises(Refused) as no:
        await connector.send(teams.reference(draft(teams)), TEXT)
    assert (no.value.code, no.value.status) == expected
    assert len(teams.service.calls) == 1


async def test_an_unknown_conversation_and_a_message_that_is_too_large_are_refused(
    teams: TeamsStandIn, connector: Connector
) -> None:
    reference = teams.reference(draft(teams))
    with pytest.raises(Refused) as unknown:
        await connector.send(reference | {"conversation": {"id": "19:gone@thread.v2"}}, TEXT)
    with pytest.raises(Refused) as large:
        await connector.send(reference, TEXT | {"text": "가" * 60_000})
    assert [unknown.value.code, large.value.code] == ["ConversationNotFound", "MessageSizeTooBig"]


@pytest.mark.parametrize("fault", ["broken", "late", "reset", "drop", "garbage", "error:Timeout:408"])
async def test_without_a_usable_reply_it_may_have_happened_and_is_not_said_again(
    teams: TeamsStandIn, connector: Connector, fault: str
) -> None:
    teams.faults.script("send", fault)
    with pytest.raises(Uncertain):
        await connector.send(teams.reference(draft(teams)), TEXT)
    assert len(teams.service.calls) == 1
    assert len(teams.visible(GENERAL)) == (fault in ("late", "reset", "garbage"))


@pytest.mark.parametrize("fault", ["hang", "stall"])
async def test_a_call_ends_within_its_time(teams: TeamsStandIn, fault: str) -> None:
    hasty = Connector(teams.settings, timeout=0.3)
    teams.faults.script("send", fault)
    began = time.monotonic()
    with pytest.raises(Uncertain):
        await hasty.send(teams.reference(draft(teams)), TEXT)
    assert time.monotonic() - began < 2
    await hasty.close()


async def test_limits_tell_how_long_to_wait_and_nothing_happened(teams: TeamsStandIn, connector: Connector) -> None:
    teams.faults.retry_after = 7
    teams.faults.script("send", "limited", "conflict")
    for after in (7.0, 1.0):
        with pytest.raises(Limited) as limit:
            await connector.send(teams.reference(draft(teams)), TEXT)
        assert limit.value.after == after
    assert teams.visible(GENERAL) == []


async def test_a_teams_that_cannot_be_reached_has_done_nothing(teams: TeamsStandIn, connector: Connector) -> None:
    reference = teams.reference(draft(teams)) | {"serviceUrl": f"http://127.0.0.1:{free_port()}/kr/"}
    with pytest.raises(Unreached):
        await connector.send(reference, TEXT)


async def test_one_token_serves_all_calls_even_at_once(teams: TeamsStandIn, connector: Connector) -> None:
    await asyncio.gather(*(connector.send(teams.reference(draft(teams)), TEXT) for _ in range(20)))
    await connector.send(teams.reference(draft(teams)), TEXT)
    assert teams.issuer.asked["token"] == 1
    assert set(teams.service.tokens) == {f"Bearer {next(iter(teams.issuer.tokens))}"}


async def test_a_token_is_renewed_before_it_ends_and_nobody_waits_for_that(
    teams: TeamsStandIn, connector: Connector
) -> None:
    teams.issuer.lifetime = 1.0  # renewed after 0.5 s, dropped after 0.9
    for _ in range(16):
        await connector.send(teams.reference(draft(teams)), TEXT)
        await asyncio.sleep(0.1)
    assert 3 <= teams.issuer.asked["token"] <= 5
    assert len(teams.visible(GENERAL)) == 16


async def test_a_revoked_token_is_replaced_once(teams: TeamsStandIn, connector: Connector) -> None:
    await connector.send(teams.reference(draft(teams)), TEXT)
    teams.issuer.revoke()
    await asyncio.gather(*(connector.send(teams.reference(draft(teams)), TEXT) for _ in range(5)))
    assert (teams.issuer.asked["token"], len(teams.visible(GENERAL))) == (2, 6)


async def test_a_refusal_that_comes_late_does_not_cost_the_new_token(teams: TeamsStandIn) -> None:
    tokens = tokens_for(teams.settings)
    assert tokens is not None
    old = await tokens.get()
    tokens.drop(old)
    new = await tokens.get()
    tokens.drop(old)
    assert (await tokens.get(), teams.issuer.asked["token"]) == (new, 2)
    await tokens.close()


async def test_a_bot_that_is_refused_with_a_new_token_gives_up(teams: TeamsStandIn, connector: Connector) -> None:
    teams.faults.script("send", "unauthorized", "unauthorized")
    with pytest.raises(Refused) as no:
        await connector.send(teams.reference(draft(teams)), TEXT)
    assert (no.value.status, len(teams.service.calls)) == (401, 2)


async def test_a_wrong_secret_is_a_definite_no(teams: TeamsStandIn) -> None:
    wrong = Connector(TeamsSettings(**teams.given | {"app_password": SecretStr("wrong")}))
    with pytest.raises(Refused) as no:
        await wrong.introduce()
    assert no.value.code == "invalid_client"
    assert "wrong" not in str(no.value)
    await wrong.close()


async def test_a_token_service_that_is_down_means_that_nothing_happened(teams: TeamsStandIn) -> None:
    lost = Connector(TeamsSettings(**teams.given | {"login_url": f"http://127.0.0.1:{free_port()}"}))
    with pytest.raises(Unreached):
        await lost.send(teams.reference(draft(teams)), TEXT)
    assert teams.service.calls == []
    await lost.close()


async def test_a_managed_identity_gives_the_token(teams: TeamsStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{teams.url}/identity")
    monkeypatch.setenv("IDENTITY_HEADER", "stand-in")
    connector = Connector(
        TeamsSettings(**teams.given | {"app_type": "UserAssignedMSI", "app_password": None}),
    )
    for _ in range(3):
        await connector.send(teams.reference(draft(teams)), TEXT)
    assert (teams.issuer.asked["identity"], teams.issuer.asked["token"]) == (1, 0)
    await connector.close()


async def test_without_a_managed_identity_nothing_happened(
    teams: TeamsStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{free_port()}/identity")
    monkeypatch.setenv("IDENTITY_HEADER", "stand-in")
    connector = Connector(TeamsSettings(**teams.given | {"app_type": "UserAssignedMSI", "app_password": None}))
    with pytest.raises(Transient):
        await connector.introduce()
    await connector.close()


async def test_an_app_without_authentication_sends_no_token() -> None:
    async with TeamsStandIn(authenticated=False) as teams:
        connector = Connector(teams.settings)
        await connector.introduce()
        await connector.send(teams.reference(draft(teams)), TEXT)
        assert (teams.service.tokens, teams.issuer.asked["token"]) == ([""], 0)
        await connector.close()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"app_id": APP_ID, "app_tenant_id": TENANT}, "MICROSOFT_APP_PASSWORD"),
        ({"app_id": APP_ID, "app_password": "x"}, "MICROSOFT_APP_TENANT_ID"),
        ({"app_id": APP_ID, "app_type": "UserAssignedMSI"}, "MICROSOFT_APP_TENANT_ID"),
        ({"app_id": APP_ID, "app_password": "x", "app_tenant_id": "contoso.onmicrosoft.com"}, "TENANT_ID.*not a name"),
        ({"app_id": "ABCDEF" + APP_ID[6:], "app_password": "x", "app_tenant_id": TENANT}, "APP_ID.*small letters"),
    ],
)
def test_what_is_missing_or_wrong_in_the_settings_is_named(given: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        Connector(TeamsSettings(**given))
