"""Load at length: events while the model hangs, the peak minute of a hundred thousand people, one person who floods.

`python -m bench.load` takes about six minutes; `--seconds 10` is what the tests do.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from core.settings import SAMPLES, Settings
from retrieval.registry import Library
from retrieval.reindex import reindex
from tests.conftest import RedisServer
from tests.platforms.openai_server import OpenAIServer
from tests.scenarios.load import LEAVE, Asked, Hall, acks, at_rate, hall, percentile
from tests.scenarios.stack import ROOT
from tests.scenarios.test_load import resident

ANSWER = "유급 25일입니다 [1]."
FLOOD = 200 / 60  # questions a second of one person


async def events(here: Hall, seconds: float) -> None:
    """50 a second while the model hangs."""
    asked = await at_rate(50, seconds, lambda number: here.ask(f"U0P{number}"))
    lost = sum(one.sent.statuses[-1] != 200 for one in asked)
    print(
        f"events: {len(asked)} at 50/s, model hangs: {acks(asked)}; not accepted {lost}; in the ledger {await here.admitted()}"
    )


async def questions(here: Hall, seconds: float) -> None:
    """28 a second, each six seconds in the model."""
    worker = here.stack.processes["worker"]
    most = asyncio.create_task(_most(worker.pid))
    asked = await at_rate(28, seconds, lambda number: here.ask(f"U0P{number}"))
    await here.drained(300)
    most.cancel()
    counts = [len(messages) for messages in here.answers(asked)]
    right = sum("25일" in messages[-1].text for messages in here.answers(asked) if messages)
    took = here.seconds(asked)
    print(
        f"questions: {len(asked)} at 28/s, model 6 s: answered {right}, lost {counts.count(0)}, double {sum(n > 1 for n in counts)}; "
        f"s p50 {statistics.median(took):.1f}, p95 {percentile(took, 0.95):.1f}, most {took[-1]:.1f}; "
        f"worker {max(_seen) / 1e6:.0f} MB at most; {acks(asked)}"
    )


_seen: list[int] = [0]


async def _most(pid: int) -> None:
    while True:
        _seen.append(resident(pid))
        await asyncio.sleep(0.5)


async def flood(here: Hall, seconds: float) -> None:
    """Four questions a second by as many people, without and beside one who asks 200 a minute."""
    await at_rate(4, 2, lambda number: here.ask(f"U0W{number}"))
    alone = await at_rate(4, seconds, lambda number: here.ask(f"U0A{number}"))
    await here.drained(60)
    flooding = asyncio.create_task(
        at_rate(FLOOD, seconds, lambda number: here.ask("U0TOM", f"{LEAVE} {number}", channel="C0ALL"))
    )
    beside = await at_rate(4, seconds, lambda number: here.ask(f"U0B{number}"))
    texts = [message.text for messages in here.answers(await flooding) for message in messages]
    await here.drained(60)
    answered = sum("25일" in text for text in texts)
    print(
        f"flood: others' p50/p95 alone {_two(here, alone)}, beside the flooder {_two(here, beside)} s; "
        f"the flooder asked {int(FLOOD * seconds)}, got {answered} answers and {len(texts) - answered} polite refusals"
    )


def _two(here: Hall, asked: Sequence[Asked]) -> str:
    took = here.seconds(list(asked))
    return f"{statistics.median(took):.2f}/{percentile(took, 0.95):.2f}"


async def main(folder: Path, seconds: float, wanted: Sequence[str]) -> None:
    sources = {"samples": SAMPLES | {"path": str(ROOT / "samples")}}
    await reindex(Library(Settings(data_dir=folder, embedder="none", sources=sources)))
    limits = {"DAEDAP_LIMITS__PERSON": "20", "DAEDAP_LIMITS__CHANNEL": "60"}
    runs = (
        (events, OpenAIServer(fault="hang"), {}),
        (questions, OpenAIServer(reply=ANSWER, thinks=(6.0, 6.0)), {}),
        (flood, OpenAIServer(reply=ANSWER, thinks=(0.3, 0.6)), limits),
    )
    for run, model, more in (one for one in runs if one[0].__name__ in wanted):
        place = folder / run.__name__
        place.mkdir()
        redis = RedisServer(place)
        async with hall(place, folder, redis.url, model, **more) as here:
            await run(here, seconds)
        redis.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("runs", nargs="*", default=["events", "questions", "flood"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(main(Path(place), options.seconds, options.runs))
