"""An office that a whole file of tests breaks in turn: started once, healed after each."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.chaos.office import Office, office
from tests.conftest import RedisServer
from tests.scenarios.conftest import knowledge

__all__ = ["knowledge"]  # the fixture


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis of this file's own."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(knowledge: Path, mortal: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """The bot and two workers."""
    async with office(
        tmp_path_factory.mktemp("office"), knowledge, mortal, thinks=(0.2, 0.4), workers=("one", "two")
    ) as ready:
        yield ready
