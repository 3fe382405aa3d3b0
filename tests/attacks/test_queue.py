"""A69-A71: whoever can write into Redis can cost a job, never the worker, and nothing that is written is executed."""

import asyncio
import base64
import json
import os
import pickle
import uuid
from pathlib import Path
from typing import Any, cast

import pytest
from kombu import Connection

from core import keys
from core.broker import TASK
from core.ledger import Ledger
from core.messages import Address, Asker, Question
from tests.attacks.conftest import QUESTION, Target
from tests.platforms.slack.world import TEAM

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUEUE = "daedap:celery:answers"
JSON, PICKLE, YAML = "application/json", "application/x-python-serialize", "application/x-yaml"


class Bomb:
    """Unpickled, it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def message(said: bytes, content_type: str = JSON, *, task: str = TASK, **changes: Any) -> bytes:
    """A message as kombu lays it into a list; `changes` replace whole fields, None takes them out."""
    name = str(uuid.uuid4())
    about = {"priority": 0, "delivery_tag": name, "delivery_info": {"exchange": "", "routing_key": "answers"}}
    envelope: dict[str, Any] = {
        "body": base64.b64encode(said).decode(),
        "content-encoding": "utf-8" if content_type == JSON else "binary",
        "content-type": content_type,
        "headers": {"lang": "py", "task": task, "id": name, "root_id": name, "argsrepr": "()", "kwargsrepr": "{}"},
        "properties": {"correlation_id": name, "delivery_mode": 2, "body_encoding": "base64", **about},
    } | changes
    return json.dumps({name: value for name, value in envelope.items() if value is not None}).encode()


def call(*args: Any, **kwargs: Any) -> bytes:
    return json.dumps([args, kwargs, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]).encode()


async def taken(target: Target) -> None:
    """Wait until the queue is empty."""
    for _ in range(150):
        if not await target.redis.exists(QUEUE):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the worker no longer takes messages\n{target.stack.logs()}")


@pytest.mark.parametrize(
    "content_type", [PICKLE, "application/x-python-pickle", YAML, "text/plain", "application/data"]
)
async def test_a69_a_message_in_another_serialisation_is_refused_and_never_executed(
    target: Target, tmp_path, content_type
):
    mark = tmp_path / "executed"
    body = pickle.dumps([(Bomb(mark),), {}, None])
    if content_type == YAML:
        body = f"!!python/object/apply:os.mkdir ['{mark}']".encode()
    await target.redis.lpush(QUEUE, message(body, content_type))
    await taken(target)
    await target.unharmed()
    assert not mark.exists()


NOT_MESSAGES = {
    "no JSON": b"\x80\x04\x95 not a message",
    "empty": b"",
    "null": b"null",
    "a list": b"[]",
    "a number": b"7",
    "an empty object": b"{}",
    "no properties": message(call("x"), properties=None),
    "no headers": message(call("x"), headers=None),
    "no body": message(call("x"), body=None),
    "body that is no base64": message(call("x"), body="%%%"),
    "unknown compression": message(call("x"), headers={"task": TASK, "id": "1", "compression": "bomb"}),
    "deep": b'{"body":' * 50_000,
}


@pytest.mark.parametrize("raw", NOT_MESSAGES.values(), ids=NOT_MESSAGES)
async def test_a69_what_is_no_message_at_all_does_not_end_the_worker(target: Target, raw):
    await target.redis.lpush(QUEUE, raw)
    await taken(target)
    await target.unharmed()


NOT_OURS = {
    "an unknown task": message(call("slack:T:C:1.1"), task="os.system"),
    "a task of Celery's own": message(call("slack:T:C:1.1"), task="celery.backend_cleanup"),
    "a number": message(call(7)),
    "two arguments": message(call("slack:T:C:1.1", "x")),
    "no arguments": message(call()),
    "a nested list": message(call([["slack:T:C:1.1"]])),
    "an object": message(call({"job": "slack:T:C:1.1"})),
    "arguments that are a word": message(b'["word", {}, {}]'),
    "arguments that are a number": message(b"7"),
    "no job id": message(call("../../etc/passwd")),
    "a line break": message(call("slack:T\n[CRITICAL]:C:1.1")),
    "bytes that are no UTF-8": message(b"\xff\xfe\xfd"),
    "NaN": message(b"[[NaN], {}, {}]"),
    "50 MB": message(b'[["' + b"x" * 50_000_000 + b'"], {}, {}]'),
    "a million arguments": message(call(*range(1_000_000))),
    "deep arguments": message(b"[" * 100_000),
}


@pytest.mark.parametrize("raw", NOT_OURS.values(), ids=NOT_OURS)
async def test_a70_another_task_or_other_arguments_are_refused(target: Target, raw):
    before = await target.jobs()
    await target.redis.lpush(QUEUE, raw)
    await taken(target)
    assert await target.jobs() == before
    await target.unharmed()


async def test_a70_a_wake_up_for_nothing_and_headers_that_ask_for_more_change_nothing(target: Target):
    unknown = call("slack:T0NOBODY:C0NOWHERE:1700000000.000100")
    wanting = {"lang": "py", "task": TASK, "id": "1", "eta": "9999-12-31T23:59:59", "retries": 9, "timelimit": [0, 0]}
    await target.redis.lpush(QUEUE, message(unknown), message(unknown, headers=wanting))
    await target.redis.lpush(QUEUE, message(call("teams:T0NOBODY:19:abc@thread.tacv2:1700000000100")))
    await taken(target)
    await target.unharmed()


async def test_a70_what_stands_in_the_table_of_unacknowledged_messages_is_thrown_away(target: Target):
    """kombu gives back what a worker took and never acknowledged; what anybody planted there must not be given back."""
    planted = {"no JSON": "{", "a message": json.dumps([json.loads(message(call("slack:T:C:1.1"))), "", "answers"])}
    await target.redis.hset("daedap:celery:unacked", mapping=planted)
    await target.redis.zadd("daedap:celery:unacked_index", dict.fromkeys(planted, 1.0))
    options = {"global_keyprefix": "daedap:celery:", "visibility_timeout": 1}
    url = target.stack.environment["REDIS_URL"]
    with Connection(url, transport="workers.transport:Transport", transport_options=options) as connection:
        cast("Any", connection.channel()).qos.restore_visible(interval=1)
    assert not await target.redis.exists("daedap:celery:unacked", "daedap:celery:unacked_index", QUEUE)
    await target.unharmed()


async def admitted(target: Target) -> Question:
    """A question that no worker was told of yet."""
    said = target.slack.world.add("C0ALL", "U0TOM", QUESTION)
    address = Address(platform="slack", tenant=TEAM, channel="C0ALL", thread=said.ts)
    common = {"message": said.ts, "at": float(said.ts), "asker": Asker(id="U0TOM"), "language": "ko"}
    question = Question(address=address, text=QUESTION, **common)
    assert await Ledger(target.redis).admit(question, hold=3600)
    return question


TAMPERED = {
    "another state": {"state": "hacked"},
    "no state": {"state": None},
    "a lease before time": {"lease": "-1"},
    "a lease that is no number": {"lease": "never"},
    "a lease for ever": {"lease": "1e300"},
    "no lease": {"lease": None},
    "huge attempts": {"attempts": "1000000000"},
    "attempts beyond all numbers": {"attempts": "9" * 40},
    "attempts that are no number": {"attempts": "many"},
    "a token that is no number": {"token": "mine"},
    "drops that are no number": {"drops": "many"},
    "no JSON for work": {"work": "{"},
    "no work": {"work": None},
    "work that is a list": {"work": "[]"},
    "work that is deep": {"work": "[" * 100_000},
    "an admission that is no time": {"admitted": "yesterday"},
    "a placeholder that there is not": {"placeholder": "1.1"},
}


async def ended(target: Target, question: Question, *, seconds: float = 20.0) -> str:
    """The state of a record that nobody will work on again."""
    for _ in range(int(seconds * 10)):
        if await target.redis.zscore(keys.due(TEAM), question.job) is None:
            return await target.redis.hget(keys.job(TEAM, question.job), "state")
        await asyncio.sleep(0.1)
    raise AssertionError(f"still due after {seconds} s\n{target.stack.logs()}")


async def tampered(target: Target, change: dict[str, str | None]) -> Question:
    """A question that is due and whose record was changed (None: a field taken out)."""
    question = await admitted(target)
    record = keys.job(TEAM, question.job)
    for name, value in change.items():
        await (target.redis.hdel(record, name) if value is None else target.redis.hset(record, name, value))
    await target.redis.zadd(keys.due(TEAM), {question.job: 1.0})
    await target.redis.lpush(QUEUE, message(call(question.job)))
    return question


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
async def test_a71_a_job_that_somebody_tampered_with_ends_and_harms_nobody(target: Target, change):
    question = await tampered(target, change)
    await target.unharmed()
    assert await ended(target, question) in ("done", "dead", "hacked", None)


@pytest.mark.parametrize(
    "change", [{"work": '{"kind": "teapot"}'}, {"kind": "teapot"}], ids=["work of a kind that there is not", "kind"]
)
async def test_a71_what_a_newer_version_may_have_written_is_left_to_it_and_ends_with_its_record(target: Target, change):
    question = await tampered(target, change)
    await target.unharmed()
    assert 0 < await target.redis.ttl(keys.job(TEAM, question.job)) <= 26 * 3600
    await target.redis.delete(keys.job(TEAM, question.job))
    await ended(target, question)


async def test_a71_a_job_whose_work_is_anothers_is_answered_nowhere(target: Target):
    """Else whoever writes into Redis has Daedap speak in any channel."""
    elsewhere = await admitted(target)
    stolen = await target.redis.hget(keys.job(TEAM, elsewhere.job), "work")
    question = await tampered(target, {"work": stolen})
    assert await ended(target, question) == "dead"
    assert target.slack.visible("C0ALL", elsewhere.message) == []
    await target.redis.zrem(keys.due(TEAM), elsewhere.job)


async def test_a71_a_record_that_is_no_hash_at_all_keeps_nobody_from_being_swept(target: Target):
    question, other = await admitted(target), await admitted(target)
    await target.redis.delete(keys.job(TEAM, question.job))
    await target.redis.set(keys.job(TEAM, question.job), "planted")
    await target.redis.zadd(keys.due(TEAM), {question.job: 1.0, other.job: 2.0})
    assert await ended(target, other) == "done"
    for _ in range(50):
        if await target.redis.zscore(keys.due(TEAM), question.job) is None:
            break
        await asyncio.sleep(0.1)
    assert await target.redis.zscore(keys.due(TEAM), question.job) is None
    await target.redis.lpush(QUEUE, message(call(question.job)))
    await target.unharmed()
    await target.redis.delete(keys.job(TEAM, question.job))


@pytest.mark.parametrize("name", ["", "x", "slack", "a:b", "slack:T:C:1.1\n", "\x00", "é" * 2000], ids=range(7))
async def test_a71_names_that_are_no_job_do_not_stay_due(target: Target, name):
    await target.redis.hset(keys.job(TEAM, name), mapping={"kind": "question", "state": "open", "lease": "0"})
    await target.redis.zadd(keys.due(TEAM), {name: 1.0})
    await target.idle()
    await target.unharmed()
