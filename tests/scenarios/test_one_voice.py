"""The same question gives the same words, sources and order in Slack, in Teams and on the page; only the dress differs."""

import asyncio
import html
import json
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from core.messages import Answer
from core.texts import say
from tests.conftest import RedisServer
from tests.platforms.openai_server import OpenAIServer
from tests.platforms.slack.rules import texts
from tests.platforms.slack.standin import SlackStandIn
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import GENERAL
from tests.scenarios.conftest import PEOPLE, slack_environment
from tests.scenarios.stack import Stack
from tests.workers.delivery.teams.shown import shown

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABLE = (
    "배우자 출산휴가는 다음과 같아요 [1].\n\n"
    "| 종류 | 일수 |\n|---|---|\n| 배우자 출산휴가 | **25일** [1] |\n| 육아휴직 | 1년 [2] |\n\n"
    "- 신청은 `HR`에서 해요 [1]."
)
# what is asked, what the model says ("" = it is down, and the documents are quoted)
CASES = {
    "known, in Korean": (
        "배우자 출산휴가는 며칠인가요?",
        "배우자 출산휴가는 **유급 25일(연속)**입니다 [1]. 10~20일이 아니에요 [2].",
    ),
    "known, in English": (
        "How much is the learning budget per year?",
        "It is *1,400* a year [1].\n\n# Note\n1. ask\n2. buy [2]",
    ),
    "unknown": ("화성 탐사선 발사 일정은?", "UNKNOWN"),
    "a table": ("배우자 출산휴가는 며칠인가요? 표로 보여 주세요.", TABLE),
    "quoted, in Korean": ("배우자 출산휴가는 며칠인가요?", ""),
    "quoted, in English": ("How much is the learning budget per year?", ""),
    "weak": ("회사에서 우주여행 지원금을 주나요?", ""),
}
HEADINGS = {"종류", "일수"}  # of the table: a row says them again where no columns stand


@dataclass(frozen=True)
class Voice:
    """What one place says: every letter and digit in order, and each source's number, title and place."""

    words: str
    sources: list[tuple[int, str, str]]


def words(text: str) -> str:
    """Without blanks and signs, which are dress."""
    return re.sub("|".join(HEADINGS), "", re.sub(r"[\W_]+", "", text))


def source(line: str) -> list[tuple[int, str, str]]:
    """A place with all the numbers that lead to it."""
    found = re.fullmatch(r"((?:\[\d+\])+) (.*?)(?: — (.*))?", line)
    assert found is not None, line
    return [(int(number), found[2], found[3] or "") for number in re.findall(r"\d+", found[1])]


def parted(text: str, language: str) -> Voice:
    """A message whose sources stand beneath a heading; notes count as words."""
    body, _, rest = text.partition(f"\n{say('sources', language)}\n")
    lines = rest.split("\n") if rest else []
    listed = [line for line in lines if re.match(r"(\[\d+\])+ ", line)]
    notes = [line for line in lines if line not in listed]
    return Voice(words("\n".join([body, *notes])), sorted(one for line in listed for one in source(line)))


def in_slack(message, language: str) -> Voice:
    plain = re.sub(r"<[^|>]*\|([^>]*)>", r"\1", "\n".join(texts(message.blocks)))
    return parted(html.unescape(re.sub(r"[*_`]", "", plain)), language)


def in_teams(message, language: str) -> Voice:
    return parted(shown(message.text).words, language)


def on_the_page(answer: Answer) -> Voice:
    notes = [say(f"notes.{note}", answer.language) for note in answer.notes]
    listed = [(one.number, one.title, one.place) for one in answer.citations]
    return Voice(words("\n".join([answer.text, *notes])), listed)


@dataclass
class Office:
    """One Daedap, heard in three places."""

    slack: SlackStandIn
    teams: TeamsStandIn
    model: OpenAIServer
    url: str

    async def page(self, text: str) -> Answer:
        async with ClientSession(self.url) as person:
            asked = {"id": uuid.uuid4().hex, "text": text}
            async with person.post("/page/ask", json=asked) as reply:
                job = (await reply.json())["job"]
            async with person.get(f"/page/events/{job}") as stream:
                told = (await stream.read()).decode()
        [data] = re.findall(r"event: answer\ndata: (.*)", told)
        return Answer(**json.loads(data))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(
    knowledge: Path, module_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    model = OpenAIServer(reply="")
    await model.start()
    async with SlackStandIn() as slack, TeamsStandIn() as teams:
        slack.channel("C0ALL", PEOPLE)
        environment = slack_environment(slack) | teams.environment
        environment |= {"DAEDAP_DATA_DIR": str(knowledge), "DAEDAP_LLM": "openai:test"}
        environment |= {"OPENAI_API_KEY": "test-key", "OPENAI_BASE_URL": model.url}
        stack = Stack(tmp_path_factory.mktemp("logs"), module_redis.url, **environment)
        stack.start_bot()
        stack.start_worker()
        try:
            await asyncio.to_thread(stack.until_ready)
            slack.bot_url, teams.bot_url = f"{stack.url}/slack/events", f"{stack.url}/api/messages"
            yield Office(slack, teams, model, stack.url)
        finally:
            print(stack.logs())
            stack.stop()
            await model.stop()


@pytest.mark.parametrize(("question", "reply"), CASES.values(), ids=CASES)
async def test_one_voice(office: Office, question: str, reply: str) -> None:
    office.model.reply, office.model.fault = reply, "" if reply else "500"
    page = await office.page(question)
    slack = await office.slack.answer(await office.slack.mention("U0TOM", "C0ALL", question))
    teams = await office.teams.answer(await office.teams.mention("tom", GENERAL, question))
    expected = on_the_page(page)
    assert in_slack(slack, page.language) == expected
    assert in_teams(teams, page.language) == expected
    assert expected.words and bool(expected.sources) >= page.known
    cited = [entity.get("citation", []) for entity in teams.activity["entities"]]
    named = [(claim["position"], claim["appearance"]["name"]) for claims in cited for claim in claims]
    assert named == [(number, title) for number, title, _ in expected.sources]
