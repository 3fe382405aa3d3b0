"""The two feedback buttons under an answer."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from redis.asyncio import Redis

from bot.feedback import Feedback
from bot.slack.fields import ID, JOB, Malformed, field
from core import keys
from core.errors import DaedapError
from core.texts import say
from platforms.slack.client import SlackClient

log = structlog.get_logger()

VERDICTS = {"feedback_good": "good", "feedback_bad": "bad"}


class Actions:
    """Keeps verdicts: one person has one on an answer, the last one given."""

    def __init__(self, redis: Redis, client: SlackClient, *, language: str) -> None:
        self._feedback, self._client, self._language = Feedback(redis), client, language
        self._thanking: set[asyncio.Task[None]] = set()

    async def feedback(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """Keep a click on one of our buttons; raises Malformed for one that we never made, and redis' errors."""
        job, user, verdict = _clicked(body, action)
        tenant = (await self._client.identity()).team
        if keys.tenant_of(job) != tenant:
            log.warning("feedback.foreign", user=user)  # a button of another workspace's answer
            return
        if await self._feedback.give(job, f"slack:{tenant}:{user}", verdict):
            self._thank(body, user)

    async def close(self) -> None:
        """Drop thanks that were not said yet."""
        for task in self._thanking:
            task.cancel()
        await asyncio.gather(*self._thanking, return_exceptions=True)

    def _thank(self, body: Mapping[str, Any], user: str) -> None:
        """Behind the acknowledgement, by our own token: a response_url from the payload is never called."""
        task = asyncio.create_task(self._thanks(body, user))
        self._thanking.add(task)
        task.add_done_callback(self._thanking.discard)

    async def _thanks(self, body: Mapping[str, Any], user: str) -> None:
        container, message = body.get("container") or {}, body.get("message") or {}
        text = say("feedback_thanks", self._language)
        thread = message.get("thread_ts")
        try:
            await self._client.call(
                "chat.postEphemeral",
                patience=2,
                channel=container.get("channel_id"),
                user=user,
                text=text,
                thread_ts=thread,
            )
        except DaedapError as error:
            log.info("feedback.thanks_unsaid", reason=str(error))


def _clicked(body: Mapping[str, Any], action: Mapping[str, Any]) -> tuple[str, str, str]:
    verdict = VERDICTS.get(str(action.get("action_id")))
    if verdict is None:
        raise Malformed("action_id")
    return field(action, "value", JOB), field(body.get("user") or {}, "id", ID), verdict
