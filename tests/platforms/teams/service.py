"""The connector service: what a bot may do to a conversation, with a good token, and with faults on demand."""

import asyncio
import json
from typing import Any

from aiohttp import web

from tests.platforms.slack.faults import Faults
from tests.platforms.teams.issuer import Issuer
from tests.platforms.teams.rules import check
from tests.platforms.teams.world import BOT, Message, World

# Kinds of faults. Not carried out: limited (429), conflict (412), broken (502), stall, drop, unauthorized (401),
# error:CODE:STATUS. Carried out: late (502), hang, reset, garbage (200 that is no JSON).
REFUSALS = {"limited": (429, "TooManyRequests"), "conflict": (412, "PreconditionFailed"), "broken": (502, "BadGateway")}
CALLS = ("send", "update", "delete")


class Refusal(Exception):
    """Teams' no: `{"error": {"code": …, "message": …}}`."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Service:
    """`/v3/conversations/…` under the service url."""

    def __init__(self, world: World, issuer: Issuer, faults: Faults) -> None:
        self.world, self.issuer, self.faults = world, issuer, faults
        self.authenticated = True
        self.calls: list[tuple[str, str, dict[str, Any]]] = []  # method, conversation as in the url, activity
        self.strayed: list[str] = []
        self.headers: list[dict[str, str]] = []  # of each call

    @property
    def tokens(self) -> list[str]:
        """The Authorization header of each call, "" for none."""
        return [headers.get("Authorization", "") for headers in self.headers]

    def routes(self, prefix: str) -> list[web.RouteDef]:
        place = prefix + "/v3/conversations/{conversation}/activities"
        return [
            web.route("*", "/elsewhere", self._elsewhere),
            web.post(place, self._act),
            web.put(place + "/{activity}", self._act),
            web.delete(place + "/{activity}", self._act),
        ]

    async def _elsewhere(self, request: web.Request) -> web.Response:
        """Where redirects lead; nobody is to follow them."""
        self.strayed.append(request.headers.get("Authorization", ""))
        return web.json_response({"id": "1"})

    async def _act(self, request: web.Request) -> web.StreamResponse:
        call = {"POST": "send", "PUT": "update", "DELETE": "delete"}[request.method]
        place, name = request.match_info["conversation"], request.match_info.get("activity", "")
        given = await _json(request)
        self.calls.append((call, place, given if isinstance(given, dict) else {}))
        self.headers.append(dict(request.headers))
        kind = self.faults.draw(call, place)
        try:
            self._admit(request, kind)
            reply = {} if kind in ("stall", "drop") else self._deed(call, place, name, given)
        except Refusal as no:
            return _refused(no, self.faults.retry_after)
        if kind in ("hang", "stall"):
            await asyncio.sleep(3600)
        if kind in ("reset", "drop"):
            assert request.transport is not None
            request.transport.abort()
        if kind == "late":
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        if kind == "garbage":
            return web.Response(status=200, text="<html>", content_type="application/json")
        return web.json_response(reply, status=201 if call == "send" else 200)

    def _admit(self, request: web.Request, kind: str) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if kind == "unauthorized" or (self.authenticated and not self.issuer.accepts(token)):
            raise Refusal(401, "BotNotAuthorized")
        if kind.startswith("error:"):
            _, code, status = kind.split(":")
            raise Refusal(int(status), code)
        if kind in REFUSALS:
            raise Refusal(*REFUSALS[kind])

    def _deed(self, call: str, place: str, name: str, given: Any) -> dict[str, Any]:
        conversation = self.world.conversations.get(place.partition(";")[0])
        if conversation is None:
            raise Refusal(404, "ConversationNotFound")
        if not conversation.bot:
            raise Refusal(403, "BotNotInConversationRoster")
        if call == "delete":
            self._own(place, name).deleted = True
            return {}
        status, code = check(given)
        if status:
            raise Refusal(status, code)
        return self._sent(place, given) if call == "send" else self._updated(self._own(place, name), given)

    def _sent(self, place: str, given: dict[str, Any]) -> dict[str, Any]:
        root = place.partition(";messageid=")[2]
        if root and not any(m.id == root for m in self.world.messages):
            raise Refusal(404, "ConversationNotFound")
        if given.get("from", BOT)["id"] != BOT["id"]:
            raise Refusal(400, "BadArgument")
        return {"id": self.world.add(place, given, bot=True).id} if given["type"] == "message" else {}

    def _updated(self, message: Message, given: dict[str, Any]) -> dict[str, Any]:
        message.activity = given
        message.versions.append(message.text)
        message.updates.append(given)
        return {"id": message.id}

    def _own(self, place: str, name: str) -> Message:
        found = self.world.find(place, name)
        if found is None:
            raise Refusal(404, "ActivityNotFoundInConversation")
        if not found.bot:
            raise Refusal(403, "ForbiddenOperationException")
        return found


def _refused(no: Refusal, retry_after: float) -> web.Response:
    if no.status == 502:
        return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
    headers = {"Retry-After": str(retry_after)} if no.status == 429 else {}
    if 300 <= no.status < 400:
        headers["Location"] = "/elsewhere"
    return web.json_response({"error": {"code": no.code, "message": no.code}}, status=no.status, headers=headers)


async def _json(request: web.Request) -> Any:
    text = await request.text()
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
