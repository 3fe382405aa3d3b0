"""The peer of bench.ack: slack-bolt as its documentation sets it up on aiohttp, with a listener that does nothing."""

import os
import sys

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


def app() -> AsyncApp:
    """Keys from the environment, as in its README."""
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    bolt = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])

    @bolt.event("app_mention")
    async def mentioned() -> None:
        pass

    return bolt


if __name__ == "__main__":
    web.run_app(app().web_app("/slack/events"), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
