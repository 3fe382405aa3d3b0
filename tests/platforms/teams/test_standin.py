"""The stand-in is as strict as Microsoft: what it refuses, and that it runs as a process of its own."""

import json
import subprocess
import sys
from typing import Any

import aiohttp
import pytest

from tests.house import ROOT
from tests.platforms.teams.rules import check
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import APP_ID, GENERAL, PASSWORD, TENANT, Conversation

TEXT: dict[str, Any] = {"type": "message", "text": "hello"}


async def call(
    teams: TeamsStandIn, method: str, path: str, body: Any = None, token: str | None = None
) -> tuple[int, str]:
    """Status and code."""
    bearer = teams.issuer._issued() if token is None else token
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {bearer}"}) as session,
        session.request(method, f"{teams.service_url}v3/conversations/{path}", json=body) as reply,
    ):
        found = await reply.json(content_type=None)
        return reply.status, (found.get("error") or {}).get("code", "")


async def test_a_call_without_a_good_token_is_refused(teams: TeamsStandIn) -> None:
    teams.issuer.lifetime = -1
    for token in ("", "made-up", teams.issuer._issued()):
        assert await call(teams, "POST", f"{GENERAL}/activities", TEXT, token) == (401, "BotNotAuthorized")


async def test_conversations_and_messages_must_exist_and_be_ours(teams: TeamsStandIn) -> None:
    theirs = teams.draft("mina", GENERAL, "question")
    teams.world.add_conversation(Conversation("19:other@thread.v2", "groupChat", bot=False))
    refused = [
        ("POST", "19:nowhere@thread.v2/activities", 404, "ConversationNotFound"),
        ("POST", f"{GENERAL};messageid=1/activities", 404, "ConversationNotFound"),
        ("POST", "19:other@thread.v2/activities", 403, "BotNotInConversationRoster"),
        ("PUT", f"{GENERAL}/activities/1", 404, "ActivityNotFoundInConversation"),
        ("PUT", f"{GENERAL}/activities/{theirs.id}", 403, "ForbiddenOperationException"),
        ("DELETE", f"{GENERAL}/activities/{theirs.id}", 403, "ForbiddenOperationException"),
    ]
    for method, path, status, code in refused:
        assert await call(teams, method, path, TEXT) == (status, code)


CITED = {"@type": "Claim", "position": 1, "appearance": {"@type": "DigitalDocument", "name": "n", "abstract": "a"}}
MESSAGE = {"type": "https://schema.org/Message", "@type": "Message", "@context": "https://schema.org"}
WRONG: list[tuple[Any, str]] = [
    ([], "BadSyntax"),
    ({"text": "x"}, "BadSyntax"),
    ({"type": "message"}, "BadArgument"),
    (TEXT | {"textFormat": "html"}, "BadArgument"),
    (TEXT | {"text": "가" * 52_000}, "MessageSizeTooBig"),
    (TEXT | {"entities": [{"text": "x"}]}, "BadArgument"),
    (TEXT | {"entities": [{"type": "mention", "text": "<at>x</at>", "mentioned": {"id": "1"}}]}, "BadArgument"),
    (TEXT | {"entities": [{"type": "https://schema.org/Message"}]}, "BadArgument"),
    (TEXT | {"entities": [MESSAGE | {"citation": [CITED, CITED]}]}, "BadArgument"),
    (TEXT | {"entities": [MESSAGE | {"citation": [CITED | {"position": 0}]}]}, "BadArgument"),
    (TEXT | {"entities": [MESSAGE | {"citation": [CITED | {"position": n + 1} for n in range(21)]}]}, "BadArgument"),
    (
        TEXT | {"attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": "{}"}]},
        "BadArgument",
    ),
]


@pytest.mark.parametrize(("activity", "code"), WRONG, ids=range(len(WRONG)))
def test_what_teams_does_not_take_is_refused(activity: Any, code: str) -> None:
    assert check(activity)[1] == code


def test_what_teams_takes_is_taken() -> None:
    assert check(TEXT | {"text": "a" * 50_000, "entities": [MESSAGE | {"citation": [CITED]}]}) == (0, "")


async def test_tokens_are_given_to_the_app_only(teams: TeamsStandIn) -> None:
    form = {"grant_type": "client_credentials", "client_id": APP_ID, "client_secret": PASSWORD}
    form |= {"scope": "https://api.botframework.com/.default"}
    wrong = [
        form | {"client_secret": "x"},
        form | {"client_id": "x"},
        form | {"scope": "x"},
        form | {"grant_type": "x"},
    ]
    async with aiohttp.ClientSession() as session:
        for given, good in [(form, True), *((one, False) for one in wrong)]:
            async with session.post(f"{teams.url}/{TENANT}/oauth2/v2.0/token", data=given) as reply:
                assert ("access_token" in await reply.json()) == good


def test_it_runs_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "tests.platforms.teams", "--anonymous"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert said["port"] and said["environment"]["DAEDAP_TEAMS__APP_TYPE"] == "None"
    finally:
        process.kill()
        process.communicate()
