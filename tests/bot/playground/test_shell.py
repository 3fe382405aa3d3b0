"""The page itself, its files and its suggestions, over real HTTP."""

from pathlib import Path

import pytest
from aiohttp import ClientSession

from core.texts import say
from tests.bot.playground.talk import ask
from tests.e2e.handbook import ASKED
from tests.e2e.server import PEOPLE, site


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
async def test_the_page_speaks_the_readers_language(
    client: ClientSession, query: str, accept: str, language: str
) -> None:
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


@pytest.mark.parametrize("broken", [None, "questions = [", "questions = 7", "[[questions]]"])
async def test_missing_or_broken_suggestions_cost_only_themselves(
    redis_url: str, tmp_path: Path, broken: str | None
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "people.toml").write_text(PEOPLE, encoding="utf-8")
    if broken:
        (elsewhere / "questions.toml").write_text(broken, encoding="utf-8")
    async with (
        site(redis_url, tmp_path, people=elsewhere / "people.toml") as running,
        ClientSession(running.url) as client,
        client.get("/page/suggestions") as response,
    ):
        assert not any((await response.json()).values())


async def test_the_person_is_shown_and_sent_only_where_there_is_one(client: ClientSession) -> None:
    async with client.get("/?as=mina") as known, client.get("/?as=eve") as unknown:
        assert 'data-as="mina"' in (html := await known.text())
        assert "김미나" in html
        assert 'data-as=""' in await unknown.text()


async def test_static_files_are_typed_and_known_again(client: ClientSession) -> None:
    async with client.get("/page/static/page.css") as first:
        assert (first.status, first.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
        etag = first.headers["ETag"]
    async with client.get("/page/static/page.css", headers={"If-None-Match": etag}) as second:
        assert second.status == 304
    for path in ("..%2froutes.py", "%2e%2e/routes.py", "LICENSE", "page.css%00"):
        async with client.get(f"/page/static/{path}") as response:
            assert response.status == 404
