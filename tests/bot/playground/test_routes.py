"""What the page sends and gets, over real HTTP."""

import json
from pathlib import Path

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from bot.playground import stream
from core import keys
from core.messages import Question, View
from core.texts import say
from tests.conftest import RedisServer
from tests.e2e.handbook import ASKED, CARRIED, DOCUMENT
from tests.e2e.server import PEOPLE, Site, site

JOB = "playground:local:me:question-1"


def ask(**changes: object) -> dict[str, object]:
    return {"id": "question-1", "thread": "thread-01", "text": ASKED} | changes


async def events(client: ClientSession, job: str, **headers: str) -> list[tuple[str, str, dict[str, object]]]:
    """(id, type, data) of a job's events until the end."""
    async with client.get(f"/page/events/{job}", headers=headers) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        blocks = (await response.text()).split("\n\n")
    fields = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks if block and not block.startswith(":")]
    return [(field.get("id", ""), field["event"], json.loads(field["data"])) for field in fields]


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


async def test_a_stream_goes_on_behind_the_last_event_that_was_seen(client: ClientSession) -> None:
    await client.post("/page/ask", json=ask())
    heard = await events(client, JOB)
    assert await events(client, JOB, **{"Last-Event-ID": heard[2][0]}) == heard[3:]
    assert await events(client, JOB + f"?after={heard[4][0]}") == heard[5:]
    assert await events(client, JOB, **{"Last-Event-ID": "; DROP"}) == heard


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
async def test_a_body_that_is_not_ours_is_refused_kindly(client: ClientSession, site: Site, change: dict[str, object]) -> None:
    async with client.post("/page/ask", json=ask(**change)) as response:
        assert (response.status, await response.json()) == (400, {"text": say("page.bad_request", "ko")})
    assert site.worker.heard == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b'{"id": "question-1", "text": "\\ud800"}', b"[" * 100_000, b"1e999"])
async def test_what_is_not_json_is_refused_and_never_an_error_of_ours(client: ClientSession, body: bytes) -> None:
    async with client.post("/page/ask", data=body, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400


@pytest.mark.parametrize(("path", "change"), [("start", -1), ("end", 2**40), ("start", "1; x"), ("document", ""), ("document", "x" * 2001)])
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
    async with client.post("/page/ask", json=ask(text="x" * 3_000_000)) as response:
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


@pytest.mark.parametrize(
    "job",
    ["slack:T1:C1:1700000000.000100", "playground:local:me:nothing-here", "playground:local:ME:question-1", "x", "playground:other:me:question-1"],
)
async def test_only_the_pages_own_jobs_can_be_followed(client: ClientSession, redis: Redis, job: str) -> None:
    await redis.hset(keys.job("T1", "slack:T1:C1:1700000000.000100"), mapping={"state": "open"})
    async with client.get(f"/page/events/{job}") as response:
        assert response.status == 404


async def test_an_answer_that_is_kept_no_more_says_so_and_ends(client: ClientSession, redis: Redis) -> None:
    await client.post("/page/ask", json=ask())
    await events(client, JOB)
    await redis.delete(keys.events(JOB))
    told = [(kind, data) for _, kind, data in await events(client, JOB)]
    assert told == [("failed", {"text": say("page.expired", "ko")}), ("end", {})]


async def test_no_worker_is_told_and_the_stream_stays_alive(client: ClientSession, site: Site) -> None:
    await site.stop_working()
    await client.post("/page/ask", json=ask())
    async with client.get(f"/page/events/{JOB}") as response:
        assert await response.content.readuntil(b"\n\n") == b": open\n\n"
        assert await response.content.readuntil(b"\n\n") == b"event: waiting\ndata: {}\n\n"
        site.worker.by_hand()
        site.work_again()
        await response.content.readuntil(b"\n\n")  # the worker has begun and thinks
        assert await response.content.readuntil(b"\n\n") == b": alive\n\n"
        site.worker.go_on(100)
        assert b"event: answer" in await response.content.read()


async def test_redis_away_is_503_with_a_sentence_and_back_again_all_is_well(
    client: ClientSession, site: Site, redis_server: RedisServer
) -> None:
    redis_server.stop()
    try:
        for request in (client.post("/page/ask", json=ask()), client.get(f"/page/events/{JOB}")):
            async with request as response:
                assert (response.status, (await response.json())["text"]) == (503, say("starting", "ko"))
                assert response.headers["Retry-After"] == "2"
        async with client.get("/") as response:
            assert response.status == 200
    finally:
        redis_server.start()
    async with client.post("/page/ask", json=ask()) as response:
        assert response.status == 202
    assert (await events(client, JOB))[-1][1] == "end"


async def test_readers_beyond_the_limit_wait_so_that_questions_still_find_a_connection(
    client: ClientSession, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LIMIT", 2)
    await site.stop_working()
    await client.post("/page/ask", json=ask())
    async with client.get(f"/page/events/{JOB}") as one, client.get(f"/page/events/{JOB}") as two:
        assert (one.status, two.status) == (200, 200)
        async with client.get(f"/page/events/{JOB}") as three:
            assert three.status == 503
    site.work_again()
    assert (await events(client, JOB))[-1][1] == "end"


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        ("", "en-GB,en;q=0.9,ko;q=0.8", "en"),
        ("", "fr-FR,ko;q=0.5,en;q=0.4", "ko"),
        ("", "de, *;q=0.1", "ko"),
        ("", "en;q=broken, ko;q=0", "ko"),
        ("?language=en", "ko", "en"),
        ("?language=xx", "en", "en"),
    ],
)
async def test_the_page_speaks_the_readers_language(client: ClientSession, query: str, accept: str, language: str) -> None:
    async with client.get("/" + query, headers={"Accept-Language": accept}) as response:
        html = await response.text()
    assert f'<html lang="{language}">' in html
    assert say("page.greeting", language) in html


async def test_a_chosen_language_is_remembered_and_used_in_refusals(client: ClientSession) -> None:
    async with client.get("/?language=en", headers={"Accept-Language": "ko"}) as response:
        cookie = response.cookies["daedap_language"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("en", "Strict", True)
    headers = {"Cookie": "daedap_language=en", "Accept-Language": "ko"}
    async with client.post("/page/ask", json=ask(text=""), headers=headers) as response:
        assert (await response.json())["text"] == say("empty_question", "en")


async def test_suggestions_come_in_both_languages_the_readers_first(client: ClientSession) -> None:
    async with client.get("/page/suggestions", headers={"Accept-Language": "en"}) as response:
        offered = await response.json()
    assert list(offered) == ["en", "ko"]
    assert ASKED in offered["ko"]


@pytest.mark.parametrize("broken", [None, "ko = [", "ko = 7"])
async def test_missing_or_broken_suggestions_cost_only_themselves(redis_url: str, tmp_path: Path, broken: str | None) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "people.toml").write_text(PEOPLE, encoding="utf-8")
    if broken:
        (elsewhere / "questions.toml").write_text(broken, encoding="utf-8")
    async with site(redis_url, tmp_path, people=elsewhere / "people.toml") as running, ClientSession(running.url) as client:
        async with client.get("/page/suggestions") as response:
            assert not any((await response.json()).values())


async def test_the_person_is_shown_and_sent_only_where_there_is_one(client: ClientSession) -> None:
    async with client.get("/?as=mina") as known, client.get("/?as=eve") as unknown:
        assert 'name="as" value="mina"' in (html := await known.text())
        assert "김미나" in html
        assert 'name="as" value=""' in await unknown.text()


async def test_static_files_are_typed_and_known_again(client: ClientSession) -> None:
    async with client.get("/page/static/page.css") as first:
        assert (first.status, first.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
        etag = first.headers["ETag"]
    async with client.get("/page/static/page.css", headers={"If-None-Match": etag}) as second:
        assert second.status == 304
    for path in ("..%2froutes.py", "%2e%2e/routes.py", "LICENSE", "page.css%00"):
        async with client.get(f"/page/static/{path}") as response:
            assert response.status == 404


async def test_a_browser_that_leaves_frees_its_place(client: ClientSession, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LIMIT", 1)
    monkeypatch.setattr(stream, "PATIENCE", 0.1)
    await site.stop_working()
    await client.post("/page/ask", json=ask())
    async with client.get(f"/page/events/{JOB}") as response:
        await response.content.readuntil(b"\n\n")
    site.work_again()
    for _ in range(50):
        async with client.get(f"/page/events/{JOB}") as response:
            if response.status == 200:
                return
    pytest.fail("the place of a reader who left was never free again")


