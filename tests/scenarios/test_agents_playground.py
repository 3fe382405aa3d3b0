"""Teams as Microsoft's own client for it sees Daedap: added, asked in both languages, its sources shown, its thumbs taken."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.texts import say
from tests.conftest import RedisServer, free_port
from tests.scenarios.agents_playground import Playground, missing
from tests.scenarios.stack import Stack
from tests.workers.delivery.teams.shown import shown

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    knowledge: Path, module_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Playground]:
    """The client, with the real stack behind it; nothing is authenticated, so that both stay on this machine."""
    if reason := await asyncio.to_thread(missing):
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("logs")
    environment = {"DAEDAP_DATA_DIR": str(knowledge), "DAEDAP_TEAMS__APP_TYPE": "None", "DAEDAP_LANGUAGE": "ko"}
    stack = Stack(folder, module_redis.url, **environment)
    stack.start_bot()
    stack.start_worker()
    try:
        await asyncio.to_thread(stack.until_ready)
        async with Playground(free_port(), f"{stack.url}/api/messages", folder) as playground:
            yield playground
    finally:
        print(stack.logs())
        stack.stop()


def claims(message: dict) -> list[dict]:
    """The sources that the client will show behind the numbers."""
    return message["aiEntity"]["citation"]


async def test_where_it_is_added_it_says_hello(client: Playground) -> None:
    assert await client.install(client.personal) == 200
    greeting = await client.shows(say("greeting", "en")[:20])
    assert greeting["from"]["id"] == client.bot["id"]


async def test_a_personal_question_in_korean_is_answered_with_its_source(client: Playground) -> None:
    await client.say(client.personal, "배우자 출산휴가는 며칠인가요?")
    answer = await client.shows("25일", say("sources", "ko"))
    assert answer["aiEntity"]["additionalType"] == ["AIGeneratedContent"]
    claim, *_ = claims(answer)
    assert claim["position"] == 1 and "25일" in claim["appearance"]["abstract"]
    assert "[1]" in answer["text"] and shown(answer["text"]).words.startswith("•")
    told = [frame for frame in client.frames if (frame.get("message") or {}).get("messageId") == answer["messageId"]]
    assert [frame["action"] for frame in told] == ["createMessage", "updateMessage"]  # the placeholder became it
    assert told[0]["message"]["text"] == say("thinking", "ko")


async def test_a_mention_in_a_channel_is_answered_in_its_thread_in_english(client: Playground) -> None:
    assert await client.install(client.channel) == 200
    await client.say(client.channel, "How much is the learning budget per year?", mention=True)
    answer = await client.shows("1,400", say("sources", "en"))
    [frame] = [one for one in client.frames if one["action"] == "updateMessage" and one["message"] == answer]
    assert frame["actionConversationId"].startswith(f"{client.channel};messageid=")
    assert claims(answer)[0]["appearance"]["name"] == "Learning budget"


async def test_a_group_chat_is_answered_when_it_is_named(client: Playground) -> None:
    await client.say(client.group, "How much is the learning budget per year?", mention=True)
    ends = asyncio.get_running_loop().time() + 30
    while not any(
        frame.get("actionConversationId") == client.group and "1,400" in str(frame["message"].get("text"))
        for frame in client.frames
    ):
        assert asyncio.get_running_loop().time() < ends
        await asyncio.sleep(0.1)


async def test_a_thumb_with_its_reason_is_accepted(client: Playground) -> None:
    assert isinstance(await client.judge(client.personal, "like", "덕분에 찾았어요"), dict)


async def test_help_is_a_word_like_any_other(client: Playground) -> None:
    await client.say(client.personal, "help")
    await client.shows("reindex [start|status|cancel]")
