"""What people saw, told from the stand-in's history of every message: the promise is judged by this and nothing else."""

from collections import Counter
from dataclasses import asdict, dataclass, field

from core.texts import LANGUAGES, say
from tests.platforms.slack.standin import PLACEHOLDERS, Sent, SlackStandIn
from tests.platforms.slack.world import Message

FOREVER = float("inf")
APOLOGIES = tuple(say("failed", language).partition("{")[0] for language in LANGUAGES)


@dataclass(frozen=True)
class Seen:
    """What became of one question."""

    answers: int  # that stand there now
    at_once: int  # answers that stood there side by side at the worst moment
    strays: int  # placeholders that stand there now
    changed: bool  # an answer was given other words after it was shown
    sorry: bool  # the answer is that there is none
    seconds: float  # from the message to its answer, inf = never

    @property
    def kept(self) -> bool:
        """The promise."""
        return (self.answers, self.at_once, self.strays, self.changed) == (1, 1, 0, False)


def seen(slack: SlackStandIn, sent: Sent) -> Seen:
    """By the people in the thread of a question."""
    asked = slack.world.find(sent.channel, sent.ts)
    assert asked is not None
    there = [
        one for one in slack.world.messages if one.bot and (one.channel, one.thread) == (sent.channel, sent.thread)
    ]
    stand = [one for one in there if not one.deleted]
    answers = [one for one in stand if one.text not in PLACEHOLDERS]
    spans = [span for one in there if (span := _span(one))]
    first = min((begin for begin, _ in spans), default=FOREVER)
    return Seen(
        answers=len(answers),
        at_once=max((sum(a <= begin < b for a, b in spans) for begin, _ in spans), default=0),
        strays=len(stand) - len(answers),
        changed=any(len(set(one.versions) - PLACEHOLDERS) > 1 for one in there),
        sorry=any(one.text.startswith(APOLOGIES) for one in answers),
        seconds=first - asked.since[0],
    )


def _span(message: Message) -> tuple[float, float] | None:
    """From when until when it was an answer."""
    begins = [at for at, text in zip(message.since, message.versions, strict=True) if text not in PLACEHOLDERS]
    return (begins[0], FOREVER if message.gone is None else message.gone) if begins else None


@dataclass
class Tally:
    """Many questions together."""

    questions: int = 0
    answers: dict[str, int] = field(default_factory=dict)  # how many have "0", "1", "2"... answers
    doubled: int = 0  # had two answers at once for a moment
    strays: int = 0
    changed: int = 0
    sorry: int = 0
    open: int = 0  # jobs that are due still
    unended: int = 0  # records that are neither done nor dead
    unheard: int = 0  # deliveries that never got a 200
    slowest: float = 0.0
    median: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)

    @property
    def faultless(self) -> bool:
        wrong = self.doubled + self.strays + self.changed + self.open + self.unended + self.unheard
        return self.answers == {"1": self.questions} and wrong == 0

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in asdict(self).items())


def tally(found: list[Seen]) -> Tally:
    """The sum of what was seen."""
    times = sorted(one.seconds for one in found)
    return Tally(
        questions=len(found),
        answers={str(count): many for count, many in sorted(Counter(one.answers for one in found).items())},
        doubled=sum(one.at_once > 1 for one in found),
        strays=sum(one.strays for one in found),
        changed=sum(one.changed for one in found),
        sorry=sum(one.sorry for one in found),
        slowest=round(times[-1], 1),
        median=round(times[len(times) // 2], 1),
    )
