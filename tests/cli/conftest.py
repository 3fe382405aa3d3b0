"""A real `daedap up` with a small crew, ended with its test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Up


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def up(data_dir: Path) -> Iterator[Callable[..., Up]]:
    begun: list[Up] = []

    def start(folder: Path = data_dir, **options: Any) -> Up:
        begun.append(Up(folder, **options))
        return begun[-1]

    yield start
    for one in begun:  # all of them first: one that lives would start its children again
        one.process.kill()
        one.process.wait()
    for one in begun:
        one.sweep()
