"""The named points of a question's way at which a process is killed, and what becomes of the question."""

import asyncio
import time
from dataclasses import asdict, dataclass

from core import keys
from core.ledger import Ledger
from tests.chaos.doors import Trap
from tests.chaos.history import Seen
from tests.chaos.office import Office, as_admitted
from tests.platforms.slack.standin import Sent
from tests.platforms.slack.world import TEAM

PATIENCE = 90.0  # seconds until a question counts as lost
KINDS = ("app_mention", "message")  # Slack tells of a mention twice


@dataclass(frozen=True)
class Point:
    """`what` passes a door (see Trap). `way`: "" = as Slack tells it; "swept" = its wake-up was lost; "rush" = no placeholders.

    `unsure`: whoever goes on does not know whether a message stands there, and waits until it would.
    """

    name: str
    what: str
    when: str
    holds: str = ""
    nth: int = 1
    then: float | None = None
    way: str = ""
    unsure: bool = False


POINTS = (
    Point("bot: verified, not admitted", "admit", "before"),
    Point("bot: admitted, not acknowledged", "admit", "after"),
    Point("bot: before the wake-up", "lpush", "before"),
    Point("bot: after the wake-up", "lpush", "after"),
    Point("sweeper: before it looks", "sweep", "before", nth=4, way="swept"),  # by then it is due
    Point("sweeper: has found it", "sweep", "after", way="swept"),
    Point("worker: before the claim", "claim", "before"),
    Point("worker: claimed", "claim", "after"),
    Point("placeholder: before the intent", "put", "before", holds="intent"),
    Point("placeholder: intent noted", "put", "after", holds="intent", unsure=True),
    Point("placeholder: inside postMessage", "chat.postMessage", "before", unsure=True),
    Point("placeholder: posted, no reply", "chat.postMessage", "after", unsure=True),
    Point("placeholder: posted, not noted", "settle", "before", holds="placeholder", unsure=True),
    Point("placeholder: noted", "settle", "after", holds="placeholder"),
    Point("in retrieval and ranking", "zrange", "after", then=0.004),
    Point("in the model: asked", "model", "before"),
    Point("in the model: midway", "model", "midway"),
    Point("lease: before a renewal", "renew", "before", nth=2),  # the first renewal is the one before posting
    Point("lease: renewed", "renew", "after", nth=2),
    Point("answer: before it is settled", "settle", "before", holds="answer"),
    Point("answer: settled", "settle", "after", holds="answer"),
    Point("answer: inside chat.update", "chat.update", "before"),
    Point("answer: shown, no reply", "chat.update", "after"),
    Point("memory: before the turn is kept", "remember", "before"),
    Point("memory: kept", "remember", "after"),
    Point("end: before it is done", "finish", "before"),
    Point("end: done", "finish", "after"),
    Point("rush: inside postMessage", "chat.postMessage", "before", way="rush"),
    Point("rush: answer posted, no reply", "chat.postMessage", "after", way="rush"),
    Point("rush: answer posted, not noted", "settle", "before", holds="placeholder", way="rush"),
)


@dataclass(frozen=True)
class Result:
    """One run of a point. `who` was killed there ("" = the point was never reached); `after`: seconds from kill to answer."""

    point: str
    who: str
    seen: Seen
    state: str
    after: float

    @property
    def kept(self) -> bool:
        return bool(self.who) and self.seen.kept and self.state == "done" and not self.seen.sorry

    def line(self) -> dict:
        return asdict(self)


async def in_turn(here: Office, points: list[Point], first: int = 0) -> list[Result]:
    """One after the other: the next as soon as all stand again, whatever is still to be answered."""
    running = []
    for number, point in enumerate(points, first):
        await here.until(lambda: here.standing(len(here.workers)), 60)
        running.append(asyncio.create_task(run(here, point, number)))
        await asyncio.sleep(0.7)
    return await asyncio.gather(*running)


async def run(here: Office, point: Point, number: int) -> Result:
    """Ask a question, kill whoever brings it to the point, and wait for the end of it."""
    sent = here.written(number)
    marks = ("",) if point.what == "sweep" and point.when == "before" else (sent.ts, f"({number})")
    trap = Trap(point.what, point.when, marks, holds=point.holds, nth=point.nth, then=point.then)
    here.doors.traps.append(trap)
    if point.way == "rush":
        await _rush(here)
    await _tell(here, point, sent, number)
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and not (here.seen(sent).answers and await _ended(here, sent)):
        await asyncio.sleep(0.1)
    killed = trap.at or time.monotonic()
    seen = here.seen(sent)
    asked = here.slack.world.find(sent.channel, sent.ts)
    assert asked is not None
    record = await here.record(sent)
    return Result(
        point.name, trap.sprung, seen, record.get("state", ""), round(asked.since[0] + seen.seconds - killed, 2)
    )


async def _tell(here: Office, point: Point, sent: Sent, number: int) -> None:
    if point.way == "swept":
        assert await Ledger(here.redis).admit(as_admitted(sent, number))
    else:
        await here.slack.redeliver(sent, kinds=KINDS)


async def _rush(here: Office) -> None:
    """As if forty placeholders had been posted within this minute, and the next."""
    minute = int((await here.redis.time())[0]) // 60
    for one in (minute, minute + 1):
        await here.redis.set(keys.pace(TEAM, "placeholder", one), 1_000, ex=120)


async def _ended(here: Office, sent: Sent) -> bool:
    return (await here.record(sent)).get("state") in ("done", "dead")
