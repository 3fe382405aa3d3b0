"""Who may use the page, over real HTTP."""

from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.e2e.server import Site, site

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ASK = {"id": "question-1", "text": "hello"}
HOSTS = ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.0.7"]
FORWARDED = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via"]
PATHS = [
    "/",
    "/page/suggestions",
    "/page/static/app.js",
    "/page/events/playground:local:me:question-1",
    "/page/reindex",
]
POSTS = ["/page/ask", "/page/view", "/page/forget", "/page/verdict", "/page/reindex", "/page/reindex/cancel"]


@pytest.mark.parametrize("path", [*PATHS, "/page/static/missing.js"])
async def test_every_answer_carries_the_headers_that_keep_strangers_out(client: ClientSession, path: str) -> None:
    async with client.get(path) as response:
        assert response.headers["Content-Security-Policy"] == CSP
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", PATHS)
async def test_a_foreign_host_name_is_refused_because_of_dns_rebinding(
    client: ClientSession, path: str, host: str
) -> None:
    async with client.get(path, headers={"Host": host}) as response:
        assert response.status == 403


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080", "LOCALHOST"])
async def test_every_loopback_name_is_welcome(client: ClientSession, host: str) -> None:
    async with client.get("/", headers={"Host": host}) as response:
        assert response.status == 200


@pytest.mark.parametrize("header", FORWARDED)
async def test_what_came_through_a_tunnel_finds_no_page(client: ClientSession, header: str) -> None:
    async with client.get("/", headers={header: "1.2.3.4"}) as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),  # another program's page on this machine
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),  # what a form of another site could send
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
@pytest.mark.parametrize("path", POSTS)
async def test_other_sites_can_send_nothing(
    client: ClientSession, site: Site, path: str, headers: dict[str, str], status: int
) -> None:
    body = '{"id": "question-1", "text": "hello"}'
    async with client.post(path, data=body, headers={"Content-Type": "application/json"} | headers) as response:
        assert response.status == status
    assert site.worker.heard == []


async def test_another_site_may_link_here_but_read_nothing(client: ClientSession) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    async with client.get("/", headers=headers) as page, client.get("/page/suggestions", headers=headers) as data:
        assert (page.status, data.status) == (200, 403)


async def test_the_page_itself_may_ask(client: ClientSession, site: Site) -> None:
    headers = {"Origin": site.url, "Sec-Fetch-Site": "same-origin"}
    async with client.post("/page/ask", json=ASK, headers=headers) as response:
        assert response.status == 202


async def test_off_loopback_there_is_no_page_and_the_log_says_why(
    redis_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with site(redis_url, tmp_path, bind="0.0.0.0:8080") as running, ClientSession(running.url) as client:
        for path in PATHS:
            async with client.get(path) as response:
                assert response.status == 404
        for path in POSTS:
            async with client.post(path, json=ASK) as response:
                assert response.status == 404
    assert "not a loopback address" in "".join(capsys.readouterr())
