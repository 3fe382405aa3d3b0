"""What was said in a conversation, newest turns only, by the time of the question: order does not depend on who finishes first."""

from typing import Protocol

from redis.asyncio import Redis

from core import keys
from core.messages import Address, Question, Turn


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
        return tuple(Turn.model_validate_json(text) for text in reversed(found))

    async def remember(self, address: Address, turn: Turn) -> None:
        """Keep a turn; keeping it again changes nothing."""
        name, room = keys.memory(address.conversation), keys.conversations(address.room)
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.zadd(name, {turn.model_dump_json(): turn.at})
            pipe.zremrangebyrank(name, 0, -self.turns - 1)
            pipe.expire(name, self.seconds)
            pipe.sadd(room, address.conversation)
            pipe.expire(room, self.seconds)
            pipe.set(keys.engaged(address.conversation), "1", ex=self.seconds)
            await pipe.execute()

    async def forget(self, address: Address) -> int:
        """Erase a conversation; how many turns were erased."""
        name = keys.memory(address.conversation)
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.zcard(name)
            pipe.delete(name)
            pipe.srem(keys.conversations(address.room), address.conversation)
            return int((await pipe.execute())[0])

    async def forget_person(self, room: str, asker: str) -> int:
        """Erase one person's turns in every conversation of a channel; how many."""
        erased = 0
        for conversation in await self.redis.smembers(keys.conversations(room)):
            name = keys.memory(conversation)
            theirs = [
                text for text in await self.redis.zrange(name, 0, -1) if Turn.model_validate_json(text).asker == asker
            ]
            erased += int(await self.redis.zrem(name, *theirs)) if theirs else 0
        return erased
