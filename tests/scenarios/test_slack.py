"""A person asks in Slack and reads the answer in the thread: real HTTP, real Redis, a real Celery worker."""

import asyncio

import pytest

from core.texts import say
from tests.platforms.slack.sender import sign
from tests.scenarios.conftest import ADMIN

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEAVE = "배우자 출산휴가는 며칠인가요?"
BUDGET = "How much is the learning budget per year?"


def shown(message) -> str:
    """All words of a message, blocks included."""
    return f"{message.text}\n{message.blocks}"


async def test_a_mention_is_answered_in_its_thread_with_its_sources(company):
    sent = await company.slack.mention("U0TOM", "C0ALL", LEAVE)
    answer = await company.slack.answer(sent)
    assert answer.thread == sent.ts
    assert "25일" in answer.text
    assert say("sources", "ko") in shown(answer) or "[1]" in shown(answer)


async def test_an_english_question_in_a_direct_message_is_answered_there_in_english(company):
    answer = await company.slack.answer(await company.slack.dm("U0TOM", BUDGET))
    assert "1,400" in answer.text and answer.channel.startswith("D")


async def test_twins_retries_and_replays_give_one_answer(company):
    sent = await company.slack.mention("U0TOM", "C0ALL", BUDGET, times=3)
    await company.slack.answer(sent)
    await company.slack.redeliver(sent, kinds=("app_mention", "message"), times=3)
    await asyncio.sleep(1.0)
    assert len(company.slack.visible("C0ALL", sent.ts)) == 1
    assert set(sent.statuses) == {200}


async def test_a_follow_up_in_the_thread_needs_no_mention_and_knows_what_was_said(company):
    sent = await company.slack.mention("U0TOM", "C0ALL", "OB-120에 E204가 뜨면 먼저 무엇을 하나요?")
    await company.slack.answer(sent)
    follow = await company.slack.say("U0SUE", "C0ALL", "그럼 E201은요?", thread=sent.ts)
    answer = await company.slack.answer(follow)
    assert answer.thread == sent.ts and "E201" in shown(answer)


async def test_talk_in_a_thread_without_daedap_is_left_alone(company):
    root = await company.slack.say("U0TOM", "C0ALL", "점심 뭐 먹을까요?")
    await company.slack.say("U0SUE", "C0ALL", "김치찌개는 몇 시부터 파나요?", thread=root.ts)
    await asyncio.sleep(1.5)
    assert company.slack.visible("C0ALL", root.ts) == []


async def test_a_wrong_signature_is_refused_and_nothing_is_admitted(company):
    body = b'{"type":"event_callback"}'
    reply = await company.slack.sender.post(body, "application/json", sign(body, secret="wrong"))
    assert reply.status == 401


async def test_what_nothing_is_known_about_is_said_so(company):
    answer = await company.slack.answer(await company.slack.dm("U0TOM", "화성 탐사선 발사 일정은?"))
    assert answer.text.startswith((say("weak", "ko"), say("unknown", "ko")))


@pytest.mark.parametrize(("text", "key"), [("", "empty_question"), ("🙂🙂", "empty_question"), ("help", "help")])
async def test_a_mention_that_asks_nothing_gets_a_kind_word(company, text, key):
    answer = await company.slack.answer(await company.slack.mention("U0TOM", "C0ALL", text))
    assert answer.text.split("\n")[0] in (say(key, language).split("\n")[0] for language in ("ko", "en"))


async def test_forty_thousand_characters_are_answered_with_the_limit(company):
    answer = await company.slack.answer(await company.slack.dm("U0TOM", "가" * 39_000))
    assert "4,000" in answer.text


async def test_a_restricted_document_answers_only_those_who_may_read_it_and_never_a_channel(company):
    question = "징계위원회는 며칠 안에 열리나요?"
    for_hr = await company.slack.answer(await company.slack.dm("U0SUE", question))
    for_all = await company.slack.answer(await company.slack.dm("U0TOM", question))
    in_channel = await company.slack.answer(await company.slack.mention("U0SUE", "C0ALL", question))
    assert "징계" in shown(for_hr)
    for message in (for_all, in_channel):
        assert "징계절차" not in shown(message) and "징계위원회" not in shown(message)


async def test_reindex_from_chat_reports_its_end(company):
    company.slack.world.messages.clear()
    reply = await company.slack.slash(ADMIN, "C0ALL", "/reindex", "start")
    assert reply.status == 200 and reply.seconds < 2.5
    for _ in range(400):
        found = [message for message in company.slack.world.messages if "모두 읽었" in message.text]
        if found:
            break
        await asyncio.sleep(0.1)
    assert len(found) == 1
    [root] = company.slack.visible("C0ALL")
    assert found[0].thread in ("", root.ts)


async def test_only_administrators_reindex(company):
    reply = await company.slack.slash("U0TOM", "C0ALL", "/reindex", "start")
    assert (reply.status == 200 and "관리자" in str(reply.body)) or "dministrator" in str(reply.body)


async def test_forget_in_a_thread_erases_what_was_said(company):
    sent = await company.slack.mention("U0TOM", "C0ALL", LEAVE)
    await company.slack.answer(sent)
    wish = await company.slack.mention("U0TOM", "C0ALL", "forget", thread=sent.ts)
    answer = await company.slack.answer(wish)
    assert answer.text in (say("forgotten", "en"), say("forgotten", "ko"))


async def test_a_revoked_token_ends_the_job_without_a_loop(company):
    company.slack.faults.script("chat.postMessage", "error:token_revoked")
    sent = await company.slack.dm("U0TOM", BUDGET)
    await asyncio.sleep(2.0)
    assert [m for m in company.slack.visible(sent.channel, sent.thread) if float(m.ts) > float(sent.ts)] == []
    assert (await asyncio.to_thread(company.stack.get, "/readyz"))[1]["waiting"] == 0
