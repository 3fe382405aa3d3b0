"""One attempt at a job: every way it can end leaves the job where it can go on, and the person with one answer."""

import asyncio
import contextlib
from dataclasses import replace

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from core import keys
from core.connect import connect
from core.errors import Transient, Undeliverable
from core.events import follow
from core.ledger import Ledger
from core.messages import Address, Asker, Question, View
from core.settings import Settings
from core.texts import say
from platforms.playground.directory import Directory
from retrieval.models import Evidence, Found, Passage
from retrieval.registry import Library
from workers.attempt import attempt
from workers.services import Answering, Services
from workers.steps.audience import Audience
from workers.steps.memory import RedisMemory

FACT = "쓰지 않은 연차는 다음 해로 최대 5일까지 이월할 수 있습니다."


class Shelf:
    """A knowledge base of one passage that misbehaves on demand."""

    def __init__(self):
        self.misbehave = None

    async def retrieve(self, query):
        if self.misbehave:
            await self.misbehave()
        passage = Passage(
            document="d",
            ordinal=0,
            source="s",
            title="연차 안내",
            url="",
            place="",
            text=FACT,
            start=0,
            end=len(FACT),
            language="ko",
            readers=frozenset({"public"}),
            updated=None,
            score=1.0,
            evidence=Evidence(1.0, 1.0, 0.9),
        )
        return Found((passage,))

    async def near(self, query, passages):
        return passages

    async def document(self, document_id, audience):
        return object()


class Recorder:
    """A delivery that remembers, and fails on demand."""

    def __init__(self):
        self.begun, self.answers, self.taken, self.fail, self.slow = 0, [], [], None, 0.0

    async def begin(self, claim):
        self.begun += 1

    async def step(self, claim, step, count=0):
        pass

    draft = progress = step

    async def take_back(self, claim):
        self.taken.append(claim.job)

    async def finish(self, claim, answer):
        await asyncio.sleep(self.slow)
        if self.fail:
            raise self.fail
        self.answers.append(answer)


def question(message="1.0"):
    address = Address(platform="slack", tenant="T1", channel="C1", thread="1.0")
    text = "연차는 며칠까지 이월할 수 있나요?"
    return Question(address=address, message=message, at=1.0, asker=Asker(id="U1"), text=text, language="ko")


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
async def services(redis, recorder, shelf, tmp_path):
    settings = Settings(people=tmp_path / "none.toml", answer_seconds=5, embedder="none", data_dir=tmp_path)
    memory = RedisMemory(redis, turns=3, hours=1)
    answering = Answering(settings, shelf, memory, Audience(settings, Directory(settings.people)), None)
    ledger = Ledger(redis, lease=1.0, attempts=2)
    services = Services(settings, redis, ledger, Library(settings), answering, memory, {"slack": recorder})
    await ledger.admit(question())
    return services


async def state(services):
    return (await services.ledger.state(question().job))["state"]


async def test_an_answer_is_delivered_remembered_and_finished(services, recorder):
    await attempt(question().job, services)
    assert [answer.known for answer in recorder.answers] == [True]
    assert "5일" in recorder.answers[0].text and recorder.answers[0].citations[0].title == "연차 안내"
    assert await state(services) == "done"
    [turn] = await services.memory.recall(question().model_copy(update={"at": 9.0}))
    assert turn.question == question().text


async def test_twenty_workers_give_one_answer(services, recorder):
    await asyncio.gather(*(attempt(question().job, services) for _ in range(20)))
    assert len(recorder.answers) == 1


async def test_work_longer_than_the_lease_keeps_it(services, recorder, shelf):
    async def slow():
        await asyncio.sleep(2.5)

    shelf.misbehave = slow
    running = asyncio.create_task(attempt(question().job, services))
    for _ in range(8):
        await asyncio.sleep(0.3)
        assert await services.ledger.sweep("question") == []
    await running
    assert len(recorder.answers) == 1


async def test_a_failure_of_the_step_is_tried_again_and_then_said_with_a_reference(services, recorder, shelf):
    async def broken():
        raise ValueError("secret detail")

    shelf.misbehave = broken
    for _ in range(3):
        await attempt(question().job, services)
    [apology] = recorder.answers
    assert not apology.known and "D" in apology.text and "secret" not in apology.text
    assert await state(services) == "dead"


async def test_an_answer_that_was_settled_is_delivered_rather_than_an_apology(services, recorder):
    recorder.fail = ValueError("the platform's client broke")
    for _ in range(2):
        await attempt(question().job, services)
    recorder.fail = None
    await attempt(question().job, services)
    assert "5일" in recorder.answers[0].text


async def test_a_platform_that_is_down_costs_no_attempt(services, recorder):
    recorder.fail = Transient("slack is down", after=0.0)
    for _ in range(5):
        await attempt(question().job, services)
        await asyncio.sleep(0.2)
    recorder.fail = None
    await attempt(question().job, services)
    assert recorder.answers[0].known and await state(services) == "done"


async def test_a_redis_that_goes_away_costs_no_attempt(services, recorder):
    recorder.fail = RedisConnectionError("gone")
    for _ in range(5):
        await attempt(question().job, services)
    recorder.fail = None
    await attempt(question().job, services)
    assert recorder.answers[0].known and await state(services) == "done"


async def test_what_can_never_be_delivered_ends(services, recorder):
    recorder.fail = Undeliverable("channel archived")
    await attempt(question().job, services)
    assert await state(services) == "dead" and await services.ledger.waiting() == (0, 0.0)


async def test_draining_hands_the_lease_back_at_once(services, recorder, shelf):
    async def forever():
        await asyncio.sleep(60)

    shelf.misbehave = forever
    running = asyncio.create_task(attempt(question().job, services))
    await asyncio.sleep(0.3)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    shelf.misbehave = None
    await attempt(question().job, services)
    assert len(recorder.answers) == 1
    assert int((await services.ledger.state(question().job))["attempts"]) == 1


async def test_a_worker_whose_lease_was_taken_over_stays_silent(services, recorder, shelf, redis):
    async def slow():
        await asyncio.sleep(1.0)

    shelf.misbehave = slow
    running = asyncio.create_task(attempt(question().job, services))
    await asyncio.sleep(0.2)
    await redis.hset(keys.job("T1", question().job), "lease", "0")
    shelf.misbehave = None
    await attempt(question().job, services)
    await running
    assert len(recorder.answers) == 1


async def test_an_attempt_that_outlasts_its_deadline_is_tried_again(services, recorder, shelf):
    async def forever():
        await asyncio.sleep(60)

    short = services.settings.model_copy(update={"answer_seconds": 0.3})
    shelf.misbehave = forever
    await attempt(question().job, replace(services, settings=short))
    shelf.misbehave = None
    await attempt(question().job, services)
    assert len(recorder.answers) == 1


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "empty_question"),
        ("🙂🙂 !!", "empty_question"),
        ("help", "help"),
        ("도움말", "help"),
        ("안녕하세요!", "greeting"),
    ],
)
async def test_what_asks_nothing_gets_a_kind_word(services, recorder, text, key):
    other = question("2.0").model_copy(update={"text": text})
    await services.ledger.admit(other)
    await attempt(other.job, services)
    assert recorder.answers[0].text == say(key, "ko")


async def test_a_question_that_is_too_long_is_answered_with_the_limit(services, recorder):
    other = question("2.0").model_copy(update={"text": "가" * 4001})
    await services.ledger.admit(other)
    await attempt(other.job, services)
    assert "4,000" in recorder.answers[0].text


async def test_an_answer_that_the_platform_is_slow_to_take_is_not_lost(services, recorder):
    """Waiting for a platform that limits us is not part of the deadline for making an answer."""
    short = replace(services, settings=services.settings.model_copy(update={"answer_seconds": 0.3}))
    recorder.slow = 0.6
    await attempt(question().job, short)
    assert recorder.answers[0].known and await state(services) == "done"


async def test_an_apology_waits_for_a_platform_that_is_down_for_long(services, recorder, redis, monkeypatch):
    monkeypatch.setattr("workers.attempt.PATIENCE", -1.0)  # as when it has lasted for hours: attempts count
    recorder.fail = Transient("slack is down", after=0.0)
    for _ in range(12):
        await attempt(question().job, services)
        assert await state(services) == "open"
    recorder.fail = None
    await attempt(question().job, services)
    assert len(recorder.answers) == 1


async def test_an_apology_that_kills_its_worker_too_ends(services, recorder, redis):
    await redis.hset(keys.job("T1", question().job), "attempts", "5")  # the worker died five times
    await attempt(question().job, services)
    assert recorder.answers == [] and await state(services) == "dead"
    assert await services.ledger.waiting() == (0, 0.0)


async def beside_each_other(services, shelf, *, dropped) -> tuple[int, str]:
    """How many of two questions were at work at once, and how many attempts the second had spent by then."""
    other, inside, most = question("2.0"), 0, 0

    async def slow():
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.3)
        inside -= 1

    shelf.misbehave = slow
    await services.ledger.admit(other)
    for one in (question(), other):
        claim = await services.ledger.claim(one.job)
        await claim.renew(0.01)
        if not dropped:
            await claim.release()
    await asyncio.sleep(0.05)
    await asyncio.gather(*(attempt(one.job, services) for one in (question(), other)))
    spent = (await services.ledger.state(other.job))["attempts"]
    await attempt(other.job, services)
    return most, spent


async def test_of_those_whose_workers_died_each_time_one_is_at_work(services, recorder, shelf):
    """Either may be what killed the worker: it must not take the other with it again."""
    assert await beside_each_other(services, shelf, dropped=True) == (1, "1"), (
        "waiting beside it under a lease is dying beside it"
    )
    assert len(recorder.answers) == 2


async def test_those_that_only_failed_go_on_side_by_side(services, recorder, shelf):
    assert await beside_each_other(services, shelf, dropped=False) == (2, "2")
    assert len(recorder.answers) == 2


async def test_a_record_that_this_version_cannot_read_is_left_to_another(services, redis):
    name = keys.job("T1", question().job)
    await redis.hset(name, "work", '{"kind": "question", "written": "by a newer version"}')
    for _ in range(5):
        await attempt(question().job, services)
        await redis.hset(name, "lease", "0")
    assert (await services.ledger.state(question().job))["attempts"] == "0"
    await redis.hset(name, "work", question().model_dump_json())
    await attempt(question().job, services)
    assert await state(services) == "done"


async def test_a_redis_that_is_away_raises_nothing(services):
    away = connect("redis://127.0.0.1:1/0", timeout=0.2)
    await attempt(question().job, replace(services, ledger=Ledger(away)))
    await away.aclose()


async def test_a_passage_that_cannot_be_shown_is_said_so_and_ends(services, shelf):
    shelf.document = None  # any call of it fails
    view = View(**question("2.0").model_dump(exclude={"kind", "text"}), document="d")
    await services.ledger.admit(view)
    for _ in range(3):
        await attempt(view.job, services)
    async with asyncio.timeout(5):
        told = [event.type async for event in follow(services.redis, view.job, patience=1.0) if event]
    assert told == ["failed", "end"]
    assert (await services.ledger.state(view.job))["state"] == "dead"
