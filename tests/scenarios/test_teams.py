"""A person asks in Teams and reads the answer there: real HTTP with signed tokens, real Redis, a real Celery worker."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from core.texts import say
from tests.conftest import RedisServer
from tests.platforms.slack.faults import Faults
from tests.platforms.teams.service import CALLS
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import GENERAL, GROUP, TENANT, person
from tests.scenarios.stack import Stack
from tests.workers.delivery.teams.shown import shown

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEAVE = "배우자 출산휴가는 며칠인가요?"
BUDGET = "How much is the learning budget per year?"
UNCERTAIN = say("teams_uncertain", "ko", reference="")[:20]


@dataclass
class Company:
    """A tenant with Daedap in it."""

    teams: TeamsStandIn
    stack: Stack

    def seen(self, sent) -> list:
        """What the bot says there since this message."""
        return [one for one in self.teams.visible(sent.conversation, sent.root) if int(one.id) > int(sent.id)]

    async def settled(self) -> None:
        """Until no job is open."""
        await asyncio.to_thread(
            self.stack.until, lambda: self.stack.get("/readyz")[1].get("waiting") == 0, 40, "no job is left"
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def company(
    knowledge: Path, module_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    """Bot and workers as processes, beside a Microsoft of our own."""
    async with TeamsStandIn() as teams:
        environment = teams.environment | {
            "DAEDAP_DATA_DIR": str(knowledge),
            "DAEDAP_ADMINS": f'["teams:{TENANT}:{person("mina")}"]',
            "DAEDAP_GROUPS": f'{{"hr": ["teams:{TENANT}:{person("sue")}"]}}',
        }
        stack = Stack(tmp_path_factory.mktemp("logs"), module_redis.url, **environment)
        stack.start_bot()
        stack.start_worker()
        stack.start_worker("reindexer", "reindex")
        try:
            await asyncio.to_thread(stack.until_ready)
            teams.bot_url = f"{stack.url}/api/messages"
            yield Company(teams, stack)
        finally:
            print(stack.logs())  # pytest shows it when something failed
            stack.stop()


@pytest.fixture(autouse=True)
def fair_weather(company: Company) -> None:
    company.teams.faults = Faults(methods=CALLS)


async def test_a_mention_in_a_channel_is_answered_in_its_thread_with_its_sources(company):
    sent = await company.teams.mention("tom", GENERAL, LEAVE)
    answer = await company.teams.answer(sent)
    await company.settled()
    [seen] = company.seen(sent)
    assert seen is answer and answer.root == sent.root and set(sent.statuses) <= {200, 202}
    assert "25일" in shown(answer.text).words and say("sources", "ko") in answer.text
    assert answer.versions[0] == say("thinking", "ko") and len(answer.versions) == 2
    [entity] = answer.activity["entities"]
    assert entity["citation"][0]["position"] == 1 and "25일" in entity["citation"][0]["appearance"]["abstract"]
    assert entity["additionalType"] == ["AIGeneratedContent"]


async def test_an_english_question_in_a_personal_chat_is_answered_there_in_english(company):
    sent = await company.teams.personal("tom", BUDGET)
    answer = await company.teams.answer(sent)
    assert "1,400" in answer.text and answer.conversation == sent.conversation


async def test_a_group_chat_is_answered_in_itself(company):
    sent = await company.teams.mention("tom", GROUP, LEAVE)
    answer = await company.teams.answer(sent)
    assert "25일" in answer.text and answer.conversation == GROUP


async def test_a_reply_in_the_thread_knows_what_was_said(company):
    sent = await company.teams.mention("tom", GENERAL, "OB-120에 E204가 뜨면 먼저 무엇을 하나요?")
    await company.teams.answer(sent)
    follow = await company.teams.mention("sue", GENERAL, "그럼 E201은요?", thread=sent.root)
    answer = await company.teams.answer(follow)
    assert answer.root == sent.root and "E201" in answer.text


async def test_deliveries_at_once_and_later_give_one_answer(company):
    sent = await company.teams.mention("tom", GENERAL, BUDGET, times=4)
    await company.teams.answer(sent)
    await company.teams.redeliver(sent, times=3)
    await company.settled()
    assert len(company.seen(sent)) == 1


async def test_what_nothing_is_known_about_is_said_so(company):
    sent = await company.teams.personal("tom", "화성 탐사선 발사 일정은?")
    answer = await company.teams.answer(sent)
    assert answer.text.startswith((say("weak", "ko"), say("unknown", "ko")))


async def test_a_restricted_document_answers_only_those_who_may_read_it_and_never_a_channel(company):
    question = "징계위원회는 며칠 안에 열리나요?"
    for_hr = await company.teams.answer(await company.teams.personal("sue", question))
    for_all = await company.teams.answer(await company.teams.personal("tom", question))
    in_channel = await company.teams.answer(await company.teams.mention("sue", GENERAL, question))
    assert "징계" in str(for_hr.activity)
    for message in (for_all, in_channel):
        assert "징계절차" not in str(message.activity) and "징계위원회" not in str(message.activity)


async def test_a_thumb_and_its_reason_are_kept_for_the_answer(company, module_redis):
    sent = await company.teams.personal("tom", BUDGET)
    answer = await company.teams.answer(sent)
    await company.settled()
    reply = await company.teams.feedback("tom", answer, "dislike", '{"feedbackText":"낡았어요"}')
    assert reply.status == 200 and reply.body == {}
    log = (company.stack.folder / "bot.log").read_text()
    assert "feedback.given" in log and "낡았어요" not in log


async def test_reindex_from_chat_reports_in_the_message_that_said_it_began(company):
    sent = await company.teams.mention("mina", GENERAL, "reindex start")
    for _ in range(400):
        seen = company.seen(sent)
        if seen and "모두 읽었" in seen[-1].text + " All documents read" * ("All documents" in seen[-1].text):
            break
        await asyncio.sleep(0.1)
    await company.settled()
    [report] = company.seen(sent)
    assert "Mina" in report.versions[0]
    assert "모두 읽었" in report.text or "All documents read" in report.text


async def test_forget_in_a_chat_erases_what_was_said(company):
    await company.teams.answer(await company.teams.personal("bo", LEAVE))
    answer = await company.teams.answer(await company.teams.personal("bo", "forget"))
    assert answer.text in (say("forgotten", "en"), say("forgotten", "ko"))


@pytest.mark.parametrize(
    "kinds", [("limited", "conflict", "broken"), ("reset", "late", "drop")], ids=["refused", "lost"]
)
async def test_an_answer_comes_through_a_bad_teams_once(company, kinds):
    company.teams.faults.retry_after = 0.2
    company.teams.faults.script("update", *kinds)
    sent = await company.teams.personal("tom", LEAVE)
    answer = await company.teams.answer(sent)
    await company.settled()
    assert "25일" in answer.text and [one.id for one in company.seen(sent)] == [answer.id]
    assert len(set(answer.versions)) == 2, "the text never changed after the answer stood"


async def test_a_placeholder_that_teams_refuses_leaves_the_answer_alone(company):
    company.teams.faults.script("send", "error:ServiceBusy:409")
    sent = await company.teams.mention("tom", GROUP, LEAVE)
    answer = await company.teams.answer(sent)
    await company.settled()
    assert [one.id for one in company.seen(sent)] == [answer.id] and len(answer.versions) == 1


async def test_an_answer_that_may_stand_there_is_not_posted_again(company):
    company.teams.faults.script("send", "error:ServiceBusy:409", "reset")
    sent = await company.teams.personal("tom", LEAVE)
    await company.teams.answer(sent)
    await company.settled()
    answer, doubt = company.seen(sent)
    assert "25일" in answer.text and doubt.text.startswith(UNCERTAIN)


async def test_a_deleted_placeholder_cancels_the_answer(company):
    company.stack.kill("worker", signal.SIGSTOP)
    sent = await company.teams.personal("tom", LEAVE)
    [placeholder] = company.seen(sent)
    placeholder.deleted = True
    company.stack.kill("worker", signal.SIGCONT)
    await company.settled()
    assert company.seen(sent) == []


async def test_a_bot_that_was_removed_ends_the_job_without_a_loop(company):
    company.teams.world.conversations[GROUP].bot = False
    try:
        sent = await company.teams.mention("tom", GROUP, LEAVE)
        await company.settled()
        assert company.seen(sent) == []
    finally:
        company.teams.world.conversations[GROUP].bot = True


async def test_a_worker_killed_while_it_answers_leaves_one_visible_answer(company):
    company.teams.faults.script("update", "stall", "stall")  # the first worker hangs in the middle of its update
    sent = await company.teams.mention("tom", GENERAL, LEAVE)
    await asyncio.sleep(1.0)
    company.stack.kill("worker")
    company.stack.processes["worker"].wait()
    company.teams.faults = Faults(methods=CALLS)
    company.stack.start_worker()
    answer = await company.teams.answer(sent, within=30)
    await company.settled()
    assert [one.id for one in company.seen(sent)] == [answer.id]
    assert answer.versions[0] == say("thinking", "ko") and len(set(answer.versions)) == 2
