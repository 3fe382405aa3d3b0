"""Bolt's listeners: who we are, and which of our functions hears what."""

from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.intake import Intake
from bot.slack.actions import VERDICTS, Actions
from bot.slack.commands import SlashCommands
from bot.slack.events import Events
from platforms.slack.client import SlackClient


class NotOurs(Exception):
    """Signed for our app, but from a workspace that is not ours: nothing is done."""


def listeners(client: SlackClient, intake: Intake, redis: Redis) -> AsyncApp:
    """A bolt app whose listeners admit before they acknowledge; what nobody listens to ends in its error handler."""

    async def authorize(team_id: str | None) -> AuthorizeResult:
        me = await client.identity()
        if team_id != me.team:
            raise NotOurs(team_id)  # to answer None would make bolt call the payload's response_url
        return AuthorizeResult(
            enterprise_id=None, team_id=me.team, bot_id=me.bot, bot_user_id=me.user, bot_token=client.web.token
        )

    app = AsyncApp(
        name="daedap",
        client=AsyncWebClient(),  # never called: what is said goes through ours
        authorize=authorize,
        process_before_response=True,  # else a listener that fails still answers 200: the question is lost (M22)
        raise_error_for_unhandled_request=True,
        request_verification_enabled=False,  # done before, on the raw bytes
        attaching_conversation_kwargs_enabled=False,
    )
    _events(app, Events(intake, redis, client))
    _commands(app, SlashCommands(intake, redis))
    _actions(app, Actions(redis, client, language=intake.settings.language))
    return app


def _events(app: AsyncApp, events: Events) -> None:
    async def hear(event: dict[str, Any]) -> None:
        await events.hear(event)

    app.event("app_mention")(hear)
    app.event("message")(hear)


def _commands(app: AsyncApp, commands: SlashCommands) -> None:
    async def reindex(ack: AsyncAck, command: Mapping[str, Any]) -> BoltResponse:
        return await ack(_whispered(await commands.reindex(command)))

    async def daedap(ack: AsyncAck, command: Mapping[str, Any]) -> BoltResponse:
        return await ack(_whispered(await commands.daedap(command)))

    app.command("/reindex")(reindex)
    app.command("/daedap")(daedap)


def _whispered(text: str) -> dict[str, str] | str:
    """A reply within the acknowledgement, which only that person sees; "" says nothing."""
    return {"response_type": "ephemeral", "text": text} if text else ""


def _actions(app: AsyncApp, actions: Actions) -> None:
    async def feedback(ack: AsyncAck, body: Mapping[str, Any], action: Mapping[str, Any]) -> BoltResponse:
        await actions.feedback(body, action)
        return await ack()

    for name in VERDICTS:
        app.action(name)(feedback)
