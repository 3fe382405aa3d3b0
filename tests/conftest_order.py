"""Two halves of the suite for two cores: what runs stacks of processes goes one after the other, beside all the rest."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

STACKS = ("tests/chaos/", "tests/scenarios/")  # mostly waiting; two of them at once would disturb each other


class Halves(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a worker a whole file at a time, and all stacks to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return "stacks" if nodeid.startswith(STACKS) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Halves:
    """For `--numprocesses`."""
    return Halves(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stacks first, because they take longest."""
    items.sort(key=lambda item: not item.nodeid.startswith(STACKS))
