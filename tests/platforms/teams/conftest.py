"""A stand-in Microsoft and a connector that speaks with it."""

from collections.abc import AsyncIterator

import pytest

from platforms.teams.connector import Connector
from tests.platforms.teams.standin import TeamsStandIn


@pytest.fixture
async def teams() -> AsyncIterator[TeamsStandIn]:
    async with TeamsStandIn() as standin:
        yield standin


@pytest.fixture
async def connector(teams: TeamsStandIn) -> AsyncIterator[Connector]:
    made = Connector(teams.settings)
    yield made
    await made.close()
