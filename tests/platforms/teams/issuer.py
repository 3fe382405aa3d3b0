"""Microsoft's two token services in small: keys that sign what Teams sends, and tokens for what the bot sends."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.platforms.teams.world import APP_ID, PASSWORD, TENANT

ISSUER = "https://api.botframework.com"
SCOPE = "https://api.botframework.com"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)  # one for all tests: making one takes long


class Issuer:
    """OpenID metadata, keys, and a token endpoint; counts how often each is asked."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[rsa.RSAPrivateKey, list[str] | None]] = {"k1": (KEY, ["msteams", "emulator"])}
        self.asked = {"openid": 0, "keys": 0, "token": 0, "identity": 0}
        self.tokens: dict[str, float] = {}  # bearer token of the bot -> when it ends
        self.lifetime = 3600.0
        self.url = ""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/openid", self._openid),
            web.get("/keys", self._keys),
            web.post("/{tenant}/oauth2/v2.0/token", self._token),
            web.get("/identity", self._identity),
        ]

    def sign(self, service: str, *, kid: str = "k1", key: Any = None, alg: str = "RS256", **more: Any) -> str:
        """What Teams puts behind "Bearer"; `more`: `headers`, and claims; one given as None is left out."""
        now, headers = int(time.time()), more.pop("headers", {})
        said = {"iss": ISSUER, "aud": APP_ID, "nbf": now - 60, "exp": now + 3600, "serviceurl": service} | more
        kept = {name: value for name, value in said.items() if value is not None}
        secret = key if key is not None else self.keys[kid][0]
        return jwt.encode(kept, secret, algorithm=alg, headers={"kid": kid} | headers)

    def accepts(self, token: str) -> bool:
        """Whether the bot's token is one of ours and has not ended."""
        return self.tokens.get(token, 0.0) > time.time()

    def revoke(self) -> None:
        """No token that was given out is good any more."""
        self.tokens.clear()

    async def _openid(self, _: web.Request) -> web.Response:
        self.asked["openid"] += 1
        return web.json_response(
            {"issuer": ISSUER, "jwks_uri": f"{self.url}/keys", "id_token_signing_alg_values_supported": ["RS256"]}
        )

    async def _keys(self, _: web.Request) -> web.Response:
        self.asked["keys"] += 1
        return web.json_response({"keys": [_jwk(kid, key, endorsed) for kid, (key, endorsed) in self.keys.items()]})

    async def _token(self, request: web.Request) -> web.Response:
        """The client credentials grant of Microsoft Entra."""
        self.asked["token"] += 1
        form = await request.post()
        wanted = {"grant_type": "client_credentials", "client_id": APP_ID, "scope": f"{SCOPE}/.default"}
        if request.match_info["tenant"] != TENANT or any(form.get(name) != value for name, value in wanted.items()):
            return web.json_response({"error": "invalid_request", "error_description": "AADSTS900144"}, status=400)
        if form.get("client_secret") != PASSWORD:
            return web.json_response({"error": "invalid_client", "error_description": "AADSTS7000215"}, status=401)
        return web.json_response(
            {"token_type": "Bearer", "expires_in": int(self.lifetime), "access_token": self._issued()}
        )

    async def _identity(self, request: web.Request) -> web.Response:
        """An App Service's managed identity."""
        self.asked["identity"] += 1
        if request.headers.get("X-IDENTITY-HEADER") != "stand-in" or request.query.get("resource") != SCOPE:
            return web.json_response({"statusCode": 400, "message": "bad"}, status=400)
        if request.query.get("client_id") != APP_ID:
            return web.json_response({"statusCode": 400, "message": "no such identity"}, status=400)
        ends = int(time.time() + self.lifetime)
        return web.json_response(
            {"access_token": self._issued(), "expires_on": str(ends), "resource": SCOPE, "token_type": "Bearer"}
        )

    def _issued(self) -> str:
        token = f"stand-in-token-{len(self.tokens)}-{self.asked['token']}-{time.monotonic_ns()}"
        self.tokens[token] = time.time() + self.lifetime
        return token


def _jwk(kid: str, key: rsa.RSAPrivateKey, endorsed: list[str] | None) -> dict[str, Any]:
    found = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {"kid": kid, "use": "sig", "x5t": kid}
    return found if endorsed is None else found | {"endorsements": endorsed}


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any], signature: bytes = b"") -> str:
    """A token put together by hand, for what no library would make."""
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
