"""What Slack allows: how many placeholders a minute, and which of its refusals are for good."""

import structlog
from redis.asyncio import Redis

from core import keys
from core.errors import Undeliverable
from core.ledger import Claim
from platforms.slack.client import Refused
from workers.delivery.trouble import Trouble

log = structlog.get_logger()

PLACEHOLDERS = 40  # a minute and workspace; each costs a chat.update, of which Slack allows about 50 (tier 3)
UNSHOWABLE = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "block_mismatch"}
CLOSED = ("not_in_channel", "channel_not_found", "restricted_action")  # and restricted_action_…, of several kinds
UNEDITABLE = {"edit_window_closed", "cant_update_message"}
TOKEN = {  # nothing can be said in Slack until somebody sets it right
    "invalid_auth": "SLACK_BOT_TOKEN is wrong: copy the Bot User OAuth Token anew",
    "not_authed": "SLACK_BOT_TOKEN is wrong: copy the Bot User OAuth Token anew",
    "token_revoked": "SLACK_BOT_TOKEN was revoked: install the app again",
    "token_expired": "SLACK_BOT_TOKEN has expired: install the app again",
    "account_inactive": "the app was removed from the workspace: install it again",
    "missing_scope": "the app lacks a scope: compare it with deploy/slack/manifest.yaml",
}
REASONS = TOKEN | {
    "message_not_found": "somebody deleted the placeholder, which cancels the answer",
    "is_archived": "the channel is archived",
    "ekm_access_denied": "the workspace's administrators forbid it",
}


class Bounds:
    """Counts and remembers in Redis, for all workers."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.trouble = Trouble(redis, "slack")

    async def rush(self, claim: Claim) -> bool:
        """Whether there are too many questions this minute for a placeholder each."""
        counter = keys.pace(claim.work.address.tenant, "placeholder", int(await claim.now()) // 60)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.incr(counter)
            pipe.expire(counter, 120)
            used, _ = await pipe.execute()
        return int(used) > PLACEHOLDERS

    async def terminal(self, claim: Claim, no: Refused) -> Undeliverable:
        """The end of a job that Slack refuses; what an operator must set right is shown by /readyz and said as an error."""
        reason = REASONS.get(no.code, "Slack gives no other reason")
        if no.code in TOKEN:
            log.error("slack.token_refused", code=no.code, what_to_do=reason)
            await self.trouble.met(no.code)
        return Undeliverable(f"the answer of {claim.job} cannot be posted ({no.code}): {reason}")
