"""One person who asks two hundred times a minute: told so politely, once, and nobody else waits longer."""

import asyncio

import pytest

from core.texts import say
from tests.conftest import RedisServer
from tests.platforms.openai_server import OpenAIServer
from tests.scenarios.load import LEAVE, acks, at_rate, hall, percentile

pytestmark = pytest.mark.timeout(150)

SECONDS = 12.0
FLOOD = 200 / 60  # questions a second
PERSON = 20  # the default limit


async def test_a_flooder_slows_nobody_else_and_is_told_once(knowledge, redis_server: RedisServer, redis_url, tmp_path):
    model = OpenAIServer(reply="유급 25일입니다 [1].", thinks=(0.3, 0.6))
    limits = {"DAEDAP_LIMITS__PERSON": str(PERSON), "DAEDAP_LIMITS__CHANNEL": "60"}
    async with hall(tmp_path, knowledge, redis_url, model, **limits) as here:
        await at_rate(4, 2, lambda number: here.ask(f"U0W{number}"))  # warms up
        alone = await at_rate(4, SECONDS, lambda number: here.ask(f"U0A{number}"))
        await here.drained(30)
        flooding = asyncio.create_task(
            at_rate(FLOOD, SECONDS, lambda number: here.ask("U0TOM", f"{LEAVE} {number}", channel="C0ALL"))
        )
        beside = await at_rate(4, SECONDS, lambda number: here.ask(f"U0B{number}"))
        flood = await flooding
        await here.drained(30)
        without, with_ = (percentile(here.seconds(asked), 0.95) for asked in (alone, beside))
        texts = [message.text for messages in here.answers(flood) for message in messages]
    print(f"p95 alone {without:.2f} s, beside the flooder {with_:.2f} s")
    assert with_ < 2 * without + 0.5
    assert acks([*alone, *beside, *flood]).statuses == {200}
    polite = say("too_many", "ko", seconds=1).partition(",")[0][:20]
    told = [text for text in texts if text.startswith(polite)]
    answered = [text for text in texts if "25일" in text]
    assert len(told) == 1, "once per wait"
    assert PERSON <= len(answered) <= PERSON + FLOOD * SECONDS * PERSON / 60
    assert len(texts) == len(told) + len(answered), "what follows is dropped without a word"
