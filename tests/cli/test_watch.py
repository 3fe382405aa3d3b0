"""When a program that lives is replaced: only for what every look shows, only after its time, and ever more seldom."""

import itertools

import pytest

from cli.watch import BACKOFF, BIRTH, Symptom, Watch

ILL, WORSE = Symptom("it does not answer", 5), Symptom("its heart does not beat", 5)


class Patient:
    """A program whose state a test sets, on a clock that a test moves."""

    def __init__(self) -> None:
        self.state: Symptom | OSError | None = None
        self.time = 0.0
        self.watch = Watch(self.look, lambda: self.time)

    async def look(self, _pid: int) -> Symptom | None:
        if isinstance(self.state, OSError):
            raise self.state
        return self.state

    async def after(self, seconds: float, state, *, step: float = 1.0) -> Symptom | None:
        """The verdict, or None within so many seconds in that state."""
        self.state = state
        for _ in range(int(seconds / step)):
            self.time += step
            if verdict := await self.watch.look(1):
                self.watch.born()
                return verdict
        return None


@pytest.fixture
async def patient():
    ours = Patient()
    await ours.after(10, None)
    return ours


async def test_a_symptom_that_stays_is_the_verdict_after_its_time(patient):
    assert await patient.after(5, ILL) is None
    assert await patient.after(3, ILL) == ILL


async def test_a_symptom_that_comes_and_goes_is_none(patient):
    for state in (ILL, None, ILL, WORSE, ILL, OSError("nothing can be told")) * 10:
        assert await patient.after(4, state) is None


async def test_while_nothing_can_be_told_nobody_is_replaced(patient):
    assert await patient.after(3_600, OSError("Redis is away")) is None


async def test_a_machine_that_slept_is_no_reason(patient):
    """One look after an hour counts as seconds."""
    assert await patient.after(3_600, ILL, step=3_600) is None


async def test_a_new_process_has_time_to_become_well():
    new = Patient()
    assert await new.after(BIRTH - 2, ILL) is None
    assert await new.after(10, ILL) == ILL


async def test_where_replacing_does_not_help_it_comes_ever_more_seldom(patient):
    waits = []
    for _ in range(7):
        await patient.after(2, None)
        begun = patient.time
        assert await patient.after(2 * BACKOFF, ILL) == ILL
        waits.append(patient.time - begun)
    assert all(later >= 10 for later in waits[1:])
    assert [later > 1.5 * before for before, later in itertools.pairwise(waits)] == [True] * 6
    for _ in range(5):
        await patient.after(2, None)
        assert await patient.after(4 * BACKOFF, ILL) == ILL
    begun = patient.time
    await patient.after(2, None)
    assert await patient.after(4 * BACKOFF, ILL) == ILL and patient.time - begun < BACKOFF + 10


async def test_what_has_been_well_for_long_starts_from_new(patient):
    for _ in range(4):
        await patient.after(2, None)
        assert await patient.after(BACKOFF, ILL) == ILL
    await patient.after(BACKOFF + 10, None)
    assert await patient.after(8, ILL) == ILL
