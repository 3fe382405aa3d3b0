"""The stand-in as a process of its own: `python -m tests.platforms.teams --port N`, driven over /_control/."""

import argparse
import asyncio
import json
from dataclasses import asdict, is_dataclass
from typing import Any

from aiohttp import web

from tests.platforms.slack.faults import Faults
from tests.platforms.teams.service import CALLS
from tests.platforms.teams.standin import TeamsStandIn

DEEDS = ("mention", "personal", "say")


class Control:
    """POST /_control/<name> with JSON arguments; the reply is what the helper of that name gives."""

    def __init__(self, teams: TeamsStandIn) -> None:
        self.teams = teams

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/_control/{name}", self.act)]

    async def act(self, request: web.Request) -> web.Response:
        name, given = request.match_info["name"], await request.json()
        if name in DEEDS:
            return web.json_response(_plain(await getattr(self.teams, name)(**given)))
        return web.json_response(_plain(getattr(self, f"_{name}")(**given)))

    def _bot(self, url: str) -> None:
        self.teams.bot_url = url

    def _faults(self, **settings: Any) -> None:
        limits = {call: tuple(limit) for call, limit in settings.pop("limits", {}).items()}
        self.teams.faults = Faults(**{"methods": CALLS} | settings, limits=limits)

    def _visible(self, conversation: str, root: str = "") -> Any:
        return self.teams.visible(conversation, root)

    def _messages(self) -> Any:
        return self.teams.world.messages

    def _conversation(self, name: str, kind: str, **traits: Any) -> Any:
        return self.teams.conversation(name, kind, **traits)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return [_plain(one) for one in value] if isinstance(value, list) else value


async def serve(port: int, bot_url: str, *, authenticated: bool) -> None:
    teams = TeamsStandIn(authenticated=authenticated)
    teams.bot_url = bot_url
    await teams.start(port, extra=Control(teams).routes())
    print(json.dumps({"port": teams.port, "environment": teams.environment}), flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await teams.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bot-url", default="")
    parser.add_argument("--anonymous", action="store_true", help="no tokens, as Microsoft's playground")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.bot_url, authenticated=not options.anonymous))
