"""What Redis keeps of Teams beside the jobs: which message bears an answer's thumbs, and what somebody has to set right."""

import structlog
from redis.asyncio import Redis

from core import keys
from core.errors import Undeliverable
from core.ledger import Claim
from platforms.teams.connector import Refused
from workers.delivery.teams_once import GONE
from workers.delivery.trouble import Trouble

log = structlog.get_logger()

HOURS = 3600.0  # seconds after which a refused edit is no sign that somebody deleted the placeholder
JUDGED = 30 * 24 * 3600  # seconds in which a thumb is still known to be meant for this answer
UNKNOWN = (
    "Microsoft Entra does not know this app: compare MICROSOFT_APP_ID and MICROSOFT_APP_TENANT_ID with its registration"
)
TROUBLES = {
    "invalid_client": "Microsoft Entra refuses MICROSOFT_APP_PASSWORD: its end has come, or it is another app's; make a new one",
    "unauthorized_client": UNKNOWN,
    "invalid_request": UNKNOWN,
    "InvalidBotApiHost": "the tenant is in another cloud: compare the addresses of [teams] in the settings",
    "ForeignService": "Teams named a host that is not in [teams] service_hosts: if it is Microsoft's, add it",
    "BotNotRegistered": "Azure knows no bot of this app id: compare MICROSOFT_APP_ID with the Azure Bot resource",
    "BotDisabledByAdmin": "an administrator switched the app off: Teams admin center, Manage apps",
}
REASONS = TROUBLES | {
    GONE: "somebody deleted the placeholder, which cancels the answer",
    "ConversationNotFound": "the conversation was deleted",
    "BotNotInConversationRoster": "the app was removed from the conversation: add it again",
    "ConversationBlockedByUser": "the person blocked the app",
    "ForbiddenOperationException": "the app is not installed for the person",
}
STATUSES = {
    401: "Microsoft does not take our token: compare MICROSOFT_APP_ID, _PASSWORD and _TENANT_ID with Entra ID",
    403: "the app may not write there, or what it would change was deleted",
    404: "the conversation is gone",
}


class Records:
    """For all workers and the bot."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.trouble = Trouble(redis, "teams")

    async def posted(self, claim: Claim, message: str) -> None:
        """The job's answer ends in this message: Teams tells of a thumb by the message that it stands beneath."""
        await self._redis.set(keys.posted(claim.work.address.room, message), claim.job, ex=JUDGED)

    async def too_late(self, claim: Claim, no: Refused) -> bool:
        """Whether an edit is refused for no reason that we know, hours after the question (a policy of the tenant)."""
        unknown = no.status in (403, 405) and no.code not in REASONS
        return unknown and await claim.now() - float(claim.record["admitted"]) > HOURS

    async def terminal(self, claim: Claim, no: Refused) -> Undeliverable:
        """The end of a job that Teams refuses; what an operator must set right is shown by /readyz and said as an error."""
        reason = REASONS.get(no.code) or STATUSES.get(no.status) or "Teams gives no other reason"
        if no.code in TROUBLES or no.status == 401:
            log.error("teams.trouble", code=no.code, status=no.status, what_to_do=reason)
            await self.trouble.met(no.code)
        return Undeliverable(f"the answer of {claim.job} cannot be posted ({no.status} {no.code}): {reason}")
