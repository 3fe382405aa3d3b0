"""Two halves of the suite for two cores: what runs stacks of processes goes one after the other, beside all the rest."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

STACKS = ("tests/chaos/", "tests/scenarios/")  # mostly waiting; many of them at once would disturb each other
LAST = (
    "tests/scenarios/test_supervised.py",
    "tests/scenarios/test_teams.py",
    "tests/scenarios/test_up.py",
)  # patient ones


class Halves(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a worker a whole file at a time, and all stacks to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return "stacks" if _half(nodeid) == 0 else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Halves:
    """For `--numprocesses`."""
    return Halves(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stacks first, because they take longest; at the end a few of them for the worker that would have nothing to do."""
    items.sort(key=lambda item: _half(item.nodeid))


def _half(nodeid: str) -> int:
    if nodeid.startswith(LAST):
        return 2
    return 0 if nodeid.startswith(STACKS) else 1
