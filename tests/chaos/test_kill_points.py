"""A process is killed with -9 at every named point of a question's way, each time another question's; the promise is kept to all."""

import pytest

from tests.chaos.office import office
from tests.chaos.points import POINTS, in_turn
from tests.conftest import RedisServer


@pytest.mark.timeout(300)
async def test_a_kill_at_any_point_delays_an_answer_and_neither_loses_nor_doubles_it(
    knowledge, redis_server: RedisServer, redis_url, tmp_path
):
    """One after the other within seconds, so that each kill also hits what the others have in hand; hence more attempts."""
    environment = {"DAEDAP_ATTEMPTS": "10", "DAEDAP_LEASE_SECONDS": "2"}
    async with office(
        tmp_path, knowledge, redis_server, thinks=(0.8, 1.0), workers=("one", "two", "three"), **environment
    ) as here:
        quiet = sorted((point for point in POINTS if point.way != "rush"), key=lambda point: point.unsure)
        rushed = [point for point in POINTS if point.way == "rush"]
        results = await in_turn(here, quiet) + await in_turn(here, rushed, len(quiet))
    for result in results:
        print(result)
    assert not [result for result in results if not result.kept]
