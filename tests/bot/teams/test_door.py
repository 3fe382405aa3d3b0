"""Only Teams comes in, and nothing that comes in makes the bot stumble (attacks A12, A13)."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.teams.app import teams_app
from core.errors import SettingsError
from core.settings import Settings
from tests.bot.teams.conftest import Bot, run
from tests.platforms.teams.issuer import ISSUER, KEY, unsigned
from tests.platforms.teams.standin import TeamsStandIn
from tests.platforms.teams.world import APP_ID, GENERAL

JSON = {"Content-Type": "application/json"}
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
Forge = Callable[[TeamsStandIn], str]


def claims(teams: TeamsStandIn, **more: Any) -> dict[str, Any]:
    now = int(time.time())
    said = {"iss": ISSUER, "aud": APP_ID, "nbf": now - 60, "exp": now + 600, "serviceurl": teams.service_url}
    return said | more


def by_public_key(teams: TeamsStandIn) -> str:
    """HS256 with the public key as the secret, put together by hand: no library signs it so any more."""
    header, payload, _ = unsigned({"alg": "HS256", "kid": "k1", "typ": "JWT"}, claims(teams)).split(".")
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    mac = hmac.new(pem, f"{header}.{payload}".encode(), hashlib.sha256).digest()
    return f"{header}.{payload}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def now(seconds: float) -> int:
    return int(time.time() + seconds)


FORGED: dict[str, Forge] = {
    "alg none": lambda t: unsigned({"alg": "none", "kid": "k1"}, claims(t)),
    "alg none with a signature": lambda t: unsigned({"alg": "none", "kid": "k1"}, claims(t), b"x"),
    "alg NoNe": lambda t: unsigned({"alg": "NoNe", "kid": "k1"}, claims(t), b"x"),
    "HS256 with the public key": by_public_key,
    "HS256 with the app's password": lambda t: t.issuer.sign(t.service_url, key="stand-in-password" * 3, alg="HS256"),
    "PS256 with the right key": lambda t: t.issuer.sign(t.service_url, alg="PS256"),
    "another key under a known kid": lambda t: t.issuer.sign(t.service_url, key=OTHER),
    "an unknown kid": lambda t: t.issuer.sign(t.service_url, key=OTHER, kid="k9"),
    "no kid": lambda t: unsigned({"alg": "RS256"}, claims(t), b"x"),
    "a kid that is no text": lambda t: unsigned({"alg": "RS256", "kid": ["k1"]}, claims(t), b"x"),
    "a key that the token brings along": lambda t: t.issuer.sign(
        t.service_url,
        key=OTHER,
        headers={"jwk": json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OTHER.public_key())), "jku": f"{t.url}/keys"},
    ),
    "another audience": lambda t: t.issuer.sign(t.service_url, aud="22222222-0000-0000-0000-000000000000"),
    "several audiences": lambda t: t.issuer.sign(t.service_url, aud=[APP_ID, "another"]),
    "no audience": lambda t: t.issuer.sign(t.service_url, aud=None),
    "another issuer": lambda t: t.issuer.sign(t.service_url, iss="https://evil.example"),
    "no issuer": lambda t: t.issuer.sign(t.service_url, iss=None),
    "expired six minutes ago": lambda t: t.issuer.sign(t.service_url, exp=now(-360)),
    "never expires": lambda t: t.issuer.sign(t.service_url, exp=None),
    "an end that is no number": lambda t: t.issuer.sign(t.service_url, exp="tomorrow"),
    "good in six minutes": lambda t: t.issuer.sign(t.service_url, nbf=now(360)),
    "no service url": lambda t: t.issuer.sign(t.service_url, serviceurl=None),
    "a service url that is no text": lambda t: t.issuer.sign(t.service_url, serviceurl=[t.service_url]),
    "another service url": lambda t: t.issuer.sign(t.service_url, serviceurl="https://smba.trafficmanager.net/kr/"),
    "an infinite end": lambda t: unsigned({"alg": "RS256", "kid": "k1"}, claims(t, exp=1e999), b"x"),
    "a signature cut short": lambda t: t.issuer.sign(t.service_url)[:-10],
    "one letter changed": lambda t: t.issuer.sign(t.service_url).replace(".ey", ".eY", 1),
    "garbage": lambda _: "garbage",
    "garbage in three parts": lambda _: "a.b.c",
    "deep garbage": lambda _: unsigned({"alg": "RS256", "kid": "k1"}, {}).split(".")[0] + "." + "W1" * 3500 + ".x",
    "empty": lambda _: "",
    "eight thousand letters": lambda _: "a" * 4_000 + "." + "b" * 4_000 + ".c",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_forged_token_is_refused(teams: TeamsStandIn, bot: Bot, forge: Forge) -> None:
    sent = teams.draft("mina", GENERAL, "question", mentioned=True)
    reply = await teams.sender.activity(sent.activity, forge(teams))
    assert reply.status == 401
    assert (await bot.records(), teams.service.calls) == ([], [])


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Basic eDp5", "bearer {token}", "Bearer  {token}", "Bearer {token} x", "{token}"]
)
async def test_without_a_usable_header_nobody_comes_in(teams: TeamsStandIn, bot: Bot, header: str) -> None:
    sent = teams.draft("mina", GENERAL, "question", mentioned=True)
    value = header.format(token=teams.issuer.sign(teams.service_url))
    body = json.dumps(sent.activity).encode()
    assert (await teams.sender.post(body, JSON | {"Authorization": value})).status == 401
    assert (await teams.sender.post(body, JSON)).status == 401
    assert await bot.records() == []


async def test_a_token_of_a_megabyte_is_not_even_looked_at(teams: TeamsStandIn, bot: Bot) -> None:
    sent = teams.draft("mina", GENERAL, "question", mentioned=True)
    assert (await teams.sender.activity(sent.activity, "a" * 1_000_000)).status in (0, 400)
    assert await bot.records() == []


async def test_clocks_may_differ_by_less_than_five_minutes(teams: TeamsStandIn, bot: Bot) -> None:
    shifts: list[dict[str, Any]] = [{"exp": now(-240)}, {"nbf": now(240)}]
    for shift in shifts:
        sent = teams.draft("mina", GENERAL, "question", mentioned=True)
        assert (await teams.sender.activity(sent.activity, teams.issuer.sign(teams.service_url, **shift))).status == 200
    assert len(await bot.records()) == 2


@pytest.mark.parametrize("endorsed", [None, [], ["webchat", "directline"]])
async def test_a_key_that_is_not_endorsed_for_teams_is_refused(
    teams: TeamsStandIn, settings: Settings, redis: Any, redis_url: str, endorsed: list[str] | None
) -> None:
    teams.issuer.keys["k2"] = (KEY, endorsed)
    async for bot in run(settings, redis, redis_url):
        teams.bot_url = bot.url
        sent = teams.draft("mina", GENERAL, "question", mentioned=True)
        token = teams.issuer.sign(teams.service_url, kid="k2")
        assert (await teams.sender.activity(sent.activity, token)).status == 401
        assert (await teams.deliver(sent.activity)).status == 200


async def test_an_activity_of_another_channel_is_refused(teams: TeamsStandIn, bot: Bot) -> None:
    sent = teams.draft("mina", GENERAL, "question", mentioned=True)
    for channel in ("emulator", "webchat", "", "MSTEAMS"):
        assert (await teams.deliver(sent.activity | {"channelId": channel})).status == 401
    assert await bot.records() == []


FOREIGN = ["https://evil.example/", "http://127.0.0.1:1/", "https://smba.trafficmanager.net.evil.example/"]


@pytest.mark.parametrize("url", FOREIGN)
async def test_the_token_never_goes_where_the_signer_did_not_say(teams: TeamsStandIn, bot: Bot, url: str) -> None:
    sent = teams.draft("mina", GENERAL, "question", mentioned=True)
    assert (await teams.deliver(sent.activity | {"serviceUrl": url})).status == 401
    assert await bot.records() == []


async def test_a_place_that_is_not_of_teams_is_refused_even_when_signed(teams: TeamsStandIn, bot: Bot) -> None:
    sent = teams.draft("mina", GENERAL, "question", mentioned=True)
    for url in ("https://evil.example/", "https://smba.trafficmanager.net@evil.example/", "ftp://127.0.0.1/"):
        reply = await teams.sender.activity(sent.activity | {"serviceUrl": url}, teams.issuer.sign(url))
        assert reply.status == 403
    assert (await bot.records(), teams.service.calls) == ([], [])


async def test_the_keys_are_fetched_once_and_strangers_cause_no_storm(teams: TeamsStandIn, bot: Bot) -> None:
    sent = teams.draft("mina", GENERAL, "question", mentioned=True)
    tokens = [teams.issuer.sign(teams.service_url, key=OTHER, kid=f"x{n}") for n in range(100)]
    replies = await asyncio.gather(*(teams.sender.activity(sent.activity, token) for token in tokens))
    await asyncio.gather(*(teams.deliver(sent.activity) for _ in range(20)))
    assert {reply.status for reply in replies} == {401}
    assert (teams.issuer.asked["openid"], teams.issuer.asked["keys"]) == (1, 1)
    assert len(await bot.records()) == 1


async def test_a_new_key_is_found_after_five_minutes(
    teams: TeamsStandIn, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = teams.draft("mina", GENERAL, "one", mentioned=True)
    assert (await teams.deliver(first.activity)).status == 200
    teams.issuer.keys["k2"] = (OTHER, ["msteams"])
    token = teams.issuer.sign(teams.service_url, kid="k2")
    assert (await teams.sender.activity(first.activity, token)).status == 401
    really = time.monotonic
    monkeypatch.setattr("platforms.teams.keys.monotonic", lambda: really() + 301)
    assert (await teams.sender.activity(first.activity, token)).status == 200


async def test_keys_of_yesterday_serve_while_new_ones_are_fetched(
    teams: TeamsStandIn, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = teams.draft("mina", GENERAL, "one", mentioned=True)
    assert (await teams.deliver(sent.activity)).status == 200
    really = time.monotonic
    monkeypatch.setattr("platforms.teams.keys.monotonic", lambda: really() + 90_000)
    assert (await teams.deliver(sent.activity)).status == 200
    await asyncio.sleep(0.2)
    assert teams.issuer.asked["keys"] == 2


async def test_a_microsoft_that_cannot_be_asked_for_keys_lets_nobody_in(
    teams: TeamsStandIn, settings: Settings, redis: Any, redis_url: str
) -> None:
    lost = settings.teams.model_copy(update={"openid_url": f"{teams.url}/nowhere"})
    async for bot in run(settings.model_copy(update={"teams": lost}), redis, redis_url):
        teams.bot_url = bot.url
        sent = teams.draft("mina", GENERAL, "question", mentioned=True)
        assert (await teams.deliver(sent.activity)).status == 401


async def test_a_body_that_is_too_large_is_not_read(teams: TeamsStandIn, bot: Bot) -> None:
    headers = JSON | {"Authorization": f"Bearer {teams.issuer.sign(teams.service_url)}"}
    assert (await teams.sender.post(b" " * 2_000_000, headers)).status == 413

    async def endless() -> Any:
        for _ in range(40):
            yield b" " * 50_000

    async with aiohttp.ClientSession() as session, session.post(bot.url, data=endless(), headers=headers) as reply:
        assert reply.status == 413


async def test_a_stranger_is_refused_before_the_body_came(bot: Bot) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", bot.port)
    writer.write(
        b"POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n"
    )
    assert b" 401 " in await asyncio.wait_for(reader.readline(), 2)
    writer.close()


async def test_a_sender_who_dawdles_is_cut_off(teams: TeamsStandIn, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.payload.SLOWEST", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", bot.port)
    token = teams.issuer.sign(teams.service_url)
    lines = ["POST /api/messages HTTP/1.1", "Host: x", "Content-Type: application/json", "Content-Length: 50"]
    writer.write("\r\n".join([*lines, f"Authorization: Bearer {token}", "", "{"]).encode())
    assert b" 408 " in await asyncio.wait_for(reader.readline(), 3)
    writer.close()


BODIES = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"not json",
    b'{"type":"message"',
    b'{"type":NaN}',
    b'{"type":"message","type":"message"}',
    b'{"type":"\\ud800"}',
    b"\xff\xfe{}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:20]))
async def test_what_is_no_activity_is_malformed(teams: TeamsStandIn, bot: Bot, body: bytes) -> None:
    headers = JSON | {"Authorization": f"Bearer {teams.issuer.sign(teams.service_url)}"}
    assert (await teams.sender.post(body, headers)).status == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_a_web_page_could_send_is_of_the_wrong_type(teams: TeamsStandIn, bot: Bot, kind: str) -> None:
    body = json.dumps(teams.draft("mina", GENERAL, "question", mentioned=True).activity).encode()
    token = {"Authorization": f"Bearer {teams.issuer.sign(teams.service_url)}"}
    assert (await teams.sender.post(body, token | {"Content-Type": kind})).status == 415


BROKEN: list[dict[str, Any]] = [
    {"conversation": None},
    {"conversation": {"id": "../../secrets"}},
    {"conversation": {"id": "19:x;messageid=1/../2"}},
    {"conversation": {"id": "a b"}},
    {"conversation": {"id": "a" * 1000}},
    {"conversation": {"id": "a:1", "conversationType": "personal", "tenantId": "a:b"}},
    {"conversation": {"id": "a:1", "conversationType": "personal", "tenantId": "{x}"}},
    {"id": None},
    {"id": ""},
    {"id": "1/2"},
    {"id": "1\n2"},
    {"id": 17},
    {"from": None},
    {"from": {"id": "../x"}},
    {"from": {"id": "29:1", "aadObjectId": "a{b}"}},
    {"recipient": None},
    {"timestamp": "yesterday"},
    {"timestamp": 17},
    {"text": {"a": 1}},
    {"type": None},
    {"serviceUrl": None},
    {"entities": "x"},
    {"locale": ["ko"]},
]


@pytest.mark.parametrize("fields", BROKEN, ids=repr)
async def test_an_activity_with_fields_that_teams_never_sends_is_malformed_or_nothing(
    teams: TeamsStandIn, bot: Bot, fields: dict[str, Any]
) -> None:
    sent = teams.draft("mina", GENERAL, "question", mentioned=True)
    reply = await teams.deliver(sent.activity | fields)
    assert reply.status in (200, 400)
    assert (await bot.records(), teams.service.calls) == ([], [])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "type", "id", "timestamp", "from", "recipient", "conversation", "text", "textFormat", "locale", "name", "action",
    "replyToId", "value", "entities", "attachments", "membersAdded", "channelData", "channelId",
]  # fmt: skip
changes = st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=4)
kinds = st.sampled_from(
    ["message", "conversationUpdate", "installationUpdate", "messageReaction", "messageUpdate", "x"]
)


@given(kind=kinds, fields=changes)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_signed_activity_makes_the_bot_stumble(
    teams: TeamsStandIn, bot: Bot, kind: str, fields: dict[str, Any]
) -> None:
    sent = teams.draft("mina", GENERAL, "question", mentioned=True)
    reply = await teams.deliver(sent.activity | {"type": kind} | fields)
    expected = (200, 400, 401, 501) if fields.get("type") == "invoke" else (200, 400, 401)
    assert reply.status in expected


@given(body=st.binary(max_size=400), header=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_stranger_makes_the_bot_stumble(teams: TeamsStandIn, bot: Bot, body: bytes, header: str) -> None:
    assert (await teams.sender.post(body, JSON | {"Authorization": header})).status == 401
    assert (await teams.sender.post(body, JSON | {"Authorization": f"Bearer {header}"})).status == 401
    signed = JSON | {"Authorization": f"Bearer {teams.issuer.sign(teams.service_url)}"}
    assert (await teams.sender.post(body, signed)).status in (400, 200)


# Without authentication.


@pytest.fixture
async def open_teams() -> Any:
    async with TeamsStandIn(authenticated=False) as standin:
        yield standin


def open_settings(teams: TeamsStandIn, redis_url: str, **more: Any) -> Settings:
    return Settings(teams=teams.settings, redis_url=redis_url, **more)


async def test_without_authentication_this_machine_is_heard_and_nobody_else(
    open_teams: TeamsStandIn, redis: Any, redis_url: str
) -> None:
    async for bot in run(open_settings(open_teams, redis_url), redis, redis_url):
        open_teams.bot_url = bot.url
        sent = await open_teams.personal("mina", "question")
        assert sent.statuses == [200]
        body = json.dumps(sent.activity).encode()
        for more in ({"X-Forwarded-For": "1.2.3.4"}, {"Via": "1.1 tunnel"}, {"Host": "evil.example"}):
            assert (await open_teams.sender.post(body, JSON | more)).status == 401
        away = sent.activity | {"serviceUrl": "https://smba.trafficmanager.net/kr/"}
        assert (await open_teams.deliver(away)).status == 403
        assert len(await bot.records()) == 1


@pytest.mark.parametrize("bind", ["0.0.0.0:8080", "10.0.0.5:8080", "[::]:8080"])
def test_without_authentication_the_bot_does_not_start_for_others(
    open_teams: TeamsStandIn, redis_url: str, bind: str
) -> None:
    with pytest.raises(SettingsError, match=r"app_type.*127\.0\.0\.1"):
        teams_app(open_settings(open_teams, redis_url, bind=bind), None, None)  # type: ignore[arg-type]


async def test_a_wrong_secret_is_found_at_the_start(
    teams: TeamsStandIn, settings: Settings, redis: Any, redis_url: str
) -> None:
    wrong = teams.settings.model_copy(update={"app_tenant_id": APP_ID})
    with pytest.raises(SettingsError, match="MICROSOFT_APP_PASSWORD"):
        async for _ in run(settings.model_copy(update={"teams": wrong}), redis, redis_url):
            pass
