"""The thumbs below an answer: Teams tells which message was judged, the platform's notes which job that was."""

import json
from typing import Any

import structlog
from redis.asyncio import Redis

from bot.feedback import Feedback
from bot.teams.activity import Activity
from core import keys
from core.messages import Address

log = structlog.get_logger()

VERDICTS = {"like": "good", "dislike": "bad"}
NAME = "message/submitAction"


class Actions:
    """Keeps verdicts."""

    def __init__(self, redis: Redis) -> None:
        self._redis, self._feedback = redis, Feedback(redis)

    async def feedback(self, activity: Activity, tenant: str) -> bool:
        """Keep a thumb and its reason; False for an invoke that is none. Raises redis' errors, and Malformed without a sender."""
        verdict, reason = _judged(activity)
        if not verdict:
            return False
        room = Address(platform="teams", tenant=tenant, channel=activity.conversation.channel).room
        job = await self._redis.get(keys.posted(room, activity.reply_to_id or ""))
        if job is None:
            log.warning("feedback.unknown", room=room, message=activity.reply_to_id)
            return True
        await self._feedback.give(job, f"teams:{tenant}:{activity.person}", verdict, reason=reason)
        return True


def _judged(activity: Activity) -> tuple[str, str]:
    """Verdict ("" = none) and reason; Teams writes the reason as JSON in a string, others as the words."""
    value: Any = activity.value
    action = value.get("actionValue") if isinstance(value, dict) and value.get("actionName") == "feedback" else None
    if activity.name != NAME or not isinstance(action, dict):
        return "", ""
    words = action.get("feedback")
    try:
        read = json.loads(words) if isinstance(words, str) else words
    except (ValueError, RecursionError):
        read = words
    reason = read.get("feedbackText") if isinstance(read, dict) else words
    return VERDICTS.get(str(action.get("reaction")), ""), reason if isinstance(reason, str) else ""
