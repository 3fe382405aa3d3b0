"""What the page sends, over real HTTP."""

import json
from io import BytesIO

import pytest
from aiohttp import ClientSession

from core.messages import Question, View
from core.texts import say
from tests.bot.playground.talk import JOB, ask, events
from tests.e2e.handbook import ASKED, CARRIED, DOCUMENT
from tests.e2e.server import Site


async def test_a_question_is_admitted_and_its_events_lead_to_the_answer(client: ClientSession, site: Site) -> None:
    async with client.post("/page/ask", json=ask()) as response:
        assert (response.status, await response.json()) == (202, {"job": JOB})
    heard = await events(client, JOB)
    assert [kind for _, kind, _ in heard] == ["step", "step", "step", "step", "draft", "answer", "end"]
    assert heard[-2][2]["text"].startswith(CARRIED)  # type: ignore[attr-defined]
    question = site.worker.heard[0]
    assert isinstance(question, Question)
    assert (question.text, question.language, question.address.thread) == (ASKED, "ko", "thread-01")
    assert (question.address.channel, question.asker.id, question.asker.direct) == ("me", "me", True)


async def test_the_same_question_sent_again_is_the_same_job_worked_on_once(client: ClientSession, site: Site) -> None:
    for _ in range(3):
        async with client.post("/page/ask", json=ask()) as response:
            assert (await response.json())["job"] == JOB
        heard = await events(client, JOB)
        assert [kind for _, kind, _ in heard].count("answer") == 1
    assert len(site.worker.heard) == 1


async def test_a_question_without_a_thread_begins_one(client: ClientSession, site: Site) -> None:
    body = ask()
    del body["thread"]
    await client.post("/page/ask", json=body)
    await events(client, JOB)
    assert site.worker.heard[0].address.thread == "question-1"


async def test_a_sample_person_asks_as_themselves_and_a_stranger_as_nobody(client: ClientSession, site: Site) -> None:
    for person, known in (("mina", "mina"), ("eve", "me"), ("../mina", "me")):
        async with client.post("/page/ask", json=ask(**{"as": person})) as response:
            assert (await response.json())["job"] == f"playground:local:{known}:question-1"


async def test_a_view_carries_the_place_and_who_wants_to_see_it(client: ClientSession, site: Site) -> None:
    body = {"id": "view-0001", "thread": "thread-01", "as": "jiwon", "document": DOCUMENT, "start": 3, "end": 9}
    async with client.post("/page/view", json=body) as response:
        job = (await response.json())["job"]
    (_, kind, data), _ = await events(client, job)
    assert (kind, data["found"], data["start"], data["end"]) == ("view", True, 3, 9)
    view = site.worker.heard[0]
    assert isinstance(view, View)
    assert (view.asker.id, view.document) == ("jiwon", DOCUMENT)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "short"},
        {"id": "x" * 65},
        {"id": "with:colon"},
        {"id": "new\nline-in-it"},
        {"id": "question-1\n"},
        {"id": 12345678},
        {"thread": "a:b:c:d:e:f"},
        {"thread": "x" * 65},
        {"as": "x" * 33},
        {"text": None},
        {"text": ["a"]},
        {"unknown": 1},
    ],
)
async def test_a_body_that_is_not_ours_is_refused_kindly(
    client: ClientSession, site: Site, change: dict[str, object]
) -> None:
    async with client.post("/page/ask", json=ask(**change)) as response:
        assert (response.status, await response.json()) == (400, {"text": say("page.bad_request", "ko")})
    assert site.worker.heard == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff\xfe", b'{"id": "question-1", "text": "\\ud800"}', b"[" * 100_000, b"1e999"]
)
async def test_what_is_not_json_is_refused_and_never_an_error_of_ours(client: ClientSession, body: bytes) -> None:
    async with client.post("/page/ask", data=body, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400


@pytest.mark.parametrize(
    ("path", "change"), [("start", -1), ("end", 2**40), ("start", "1; x"), ("document", ""), ("document", "x" * 2001)]
)
async def test_a_place_that_cannot_be_is_refused(client: ClientSession, path: str, change: object) -> None:
    body = {"id": "view-0001", "document": DOCUMENT, "start": 0, "end": 1} | {path: change}
    async with client.post("/page/view", json=body) as response:
        assert response.status == 400


@pytest.mark.parametrize("text", ["", "  \n\t ", "\u202e\u2066", "\x00\x01", "\U000e0041"])
async def test_nothing_asked_is_answered_with_an_example(client: ClientSession, text: str) -> None:
    async with client.post("/page/ask", json=ask(text=text)) as response:
        assert (response.status, (await response.json())["text"]) == (422, say("empty_question", "ko"))


async def test_a_question_too_long_is_told_the_limit(client: ClientSession) -> None:
    async with client.post("/page/ask", json=ask(text="가" * 4001)) as response:
        assert (response.status, (await response.json())["text"]) == (422, say("too_long", "ko", limit=4000))
    async with client.post("/page/ask", json=ask(text="가" * 4000)) as response:
        assert response.status == 202


async def test_a_huge_body_is_413_with_the_same_sentence(client: ClientSession) -> None:
    body, headers = BytesIO(json.dumps(ask(text="x" * 3_000_000)).encode()), {"Content-Type": "application/json"}
    async with client.post("/page/ask", data=body, headers=headers) as response:
        assert (response.status, (await response.json())["text"]) == (413, say("too_long", "ko", limit=4000))


async def test_hostile_words_reach_the_worker_as_they_are_and_the_html_never(client: ClientSession, site: Site) -> None:
    text = "<script>alert(1)</script> \"'&{{7*7}}"
    await client.post("/page/ask", json=ask(text=text))
    await events(client, JOB)
    assert isinstance(site.worker.heard[0], Question)
    assert site.worker.heard[0].text == text
    async with client.get("/", params={"as": "<script>", "language": "<script>"}) as response:
        assert "alert" not in (html := await response.text())
        assert html.count("<script") == 2, "the texts and the module, nothing else"
