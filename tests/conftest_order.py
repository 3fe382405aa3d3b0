"""Two halves of the suite for two cores: what runs stacks of processes goes one after the other, beside all the rest."""

from pathlib import Path

import pytest

STACKS = ("chaos", "scenarios")  # mostly waiting; two of them at once would disturb each other
ROOT = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test its group: one for all stacks, which come first because they take longest; else its file."""
    items.sort(key=lambda item: _folder(item) not in STACKS)
    for item in items:
        group = "stacks" if _folder(item) in STACKS else item.path.relative_to(ROOT).as_posix()
        item.add_marker(pytest.mark.xdist_group(group))


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(ROOT).parts[0]
