"""The stand-in as a process of its own: `python -m tests.platforms.slack --port N`, driven over /_control/."""

import argparse
import asyncio
import json
from dataclasses import asdict, is_dataclass
from typing import Any

from aiohttp import web

from tests.platforms.slack.faults import Faults
from tests.platforms.slack.standin import Sent, SlackStandIn

DEEDS = ("mention", "dm", "say", "slash", "click")


class Control:
    """POST /_control/<name> with JSON arguments; the reply is what the helper of that name gives."""

    def __init__(self, slack: SlackStandIn) -> None:
        self.slack = slack

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/_control/{name}", self.act)]

    async def act(self, request: web.Request) -> web.Response:
        name, given = request.match_info["name"], await request.json()
        if name in DEEDS:
            return web.json_response(_plain(await getattr(self.slack, name)(**given)))
        if name in ("edit", "delete"):
            where = (
                (Sent(given["channel"], given["ts"], ""), given["text"])
                if name == "edit"
                else (given["channel"], given["ts"])
            )
            return web.json_response(_plain(await getattr(self.slack, name)(*where)))
        return web.json_response(_plain(getattr(self, f"_{name}")(**given)))

    def _bot(self, url: str) -> None:
        self.slack.bot_url = url

    def _faults(self, **settings: Any) -> None:
        limits = {method: tuple(limit) for method, limit in settings.pop("limits", {}).items()}
        self.slack.faults = Faults(**settings, limits=limits)

    def _visible(self, channel: str, thread: str = "") -> Any:
        return self.slack.visible(channel, thread)

    def _messages(self) -> Any:
        return self.slack.world.messages

    def _channel(self, name: str, members: list[str], **traits: Any) -> Any:
        return {"id": self.slack.channel(name, set(members), **traits).id}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return [_plain(one) for one in value] if isinstance(value, list) else value


async def serve(port: int, bot_url: str) -> None:
    slack = SlackStandIn()
    slack.bot_url = bot_url
    await slack.start(port, extra=Control(slack).routes())
    print(json.dumps({"api_url": slack.api_url, "port": slack.port}), flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await slack.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bot-url", default="")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.bot_url))
