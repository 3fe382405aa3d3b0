"""What was said in a conversation, newest turns only, by the time of the question: order does not depend on who finishes first."""

from collections.abc import Iterable
from typing import Protocol

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis

from core import keys
from core.messages import Address, Question, Turn

log = structlog.get_logger()

# KEYS: turns, room, engaged, forgotten three times   ARGV: turn, at, how many, seconds, conversation
# A question still on its way when its conversation is forgotten must not bring it back.
_REMEMBER = """
for number = 4, 6 do
  local forgotten = redis.call('GET', KEYS[number])
  if forgotten and tonumber(ARGV[2]) <= tonumber(forgotten) then return 0 end
end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -ARGV[3] - 1)
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('SADD', KEYS[2], ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('SET', KEYS[3], '1', 'EX', ARGV[4])
return 1"""


class Memory(Protocol):
    """What the pipeline needs of it."""

    async def recall(self, question: Question) -> tuple[Turn, ...]:
        """Turns before this question in its conversation, oldest first."""
        ...


class NoMemory:
    """For questions without a conversation (`daedap ask`)."""

    async def recall(self, question: Question) -> tuple[Turn, ...]:  # noqa: ARG002
        """Nothing."""
        return ()


class RedisMemory:
    """Turns of each conversation in Redis, each conversation under its own key, gone some time after its last turn."""

    def __init__(self, redis: Redis, *, turns: int, hours: float) -> None:
        self.redis, self.turns, self.seconds = redis, turns, int(hours * 3600)

    async def recall(self, question: Question) -> tuple[Turn, ...]:
        """Turns before this question in its conversation, oldest first."""
        name = keys.memory(question.address.conversation)
        found = await self.redis.zrange(
            name, f"({question.at}", "-inf", desc=True, byscore=True, offset=0, num=self.turns
        )
        return tuple(_turns(reversed(found)))

    async def remember(self, address: Address, turn: Turn) -> None:
        """Keep a turn, unless it was to be forgotten meanwhile; keeping it again changes nothing."""
        where = keys.memory(address.conversation), keys.conversations(address.room), keys.engaged(address.conversation)
        scopes = (address.conversation, f"{address.room}:{turn.asker}", _said(address, turn.message, turn.asker))
        forgotten = [keys.forgotten(scope) for scope in scopes]
        await self.redis.register_script(_REMEMBER)(
            keys=[*where, *forgotten],
            args=[turn.model_dump_json(), turn.at, self.turns, self.seconds, address.conversation],
        )

    async def forget(self, address: Address, *, before: float) -> int:
        """Erase what was asked in a conversation before a time; how many turns were erased."""
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.set(keys.forgotten(address.conversation), before, ex=self.seconds)
            pipe.zremrangebyscore(keys.memory(address.conversation), "-inf", before)
            return int((await pipe.execute())[1])

    async def forget_turn(self, address: Address, message: str, *, asker: str, at: float) -> int:
        """Erase what one person asked in one message sent `at`, and keep it away; how many turns were erased."""
        await self.redis.set(keys.forgotten(_said(address, message, asker)), at, ex=self.seconds)
        name = keys.memory(address.conversation)
        found = await self.redis.zrange(name, 0, -1)
        same = [text for text in found if any((one.message, one.asker) == (message, asker) for one in _turns([text]))]
        return int(await self.redis.zrem(name, *same)) if same else 0

    async def forget_person(self, room: str, asker: str, *, before: float) -> int:
        """Erase one person's turns in every conversation of a channel; how many.

        All of them, because a command's time is our clock's and a turn's is the platform's; what was asked `before` stays away.
        """
        await self.redis.set(keys.forgotten(f"{room}:{asker}"), before, ex=self.seconds)
        erased = 0
        for conversation in await self.redis.smembers(keys.conversations(room)):
            name = keys.memory(conversation)
            found = await self.redis.zrange(name, 0, -1)
            theirs = [text for text in found if any(turn.asker == asker for turn in _turns([text]))]
            erased += int(await self.redis.zrem(name, *theirs)) if theirs else 0
        return erased


def _said(address: Address, message: str, asker: str) -> str:
    return f"{address.conversation}:{message}:{asker}"


def _turns(texts: Iterable[str]) -> Iterable[Turn]:
    """Turns that this version can read: one that it cannot must not cost every answer of its conversation."""
    for text in texts:
        try:
            yield Turn.model_validate_json(text)
        except ValidationError as error:
            log.warning("memory.unreadable", problems=error.error_count())
