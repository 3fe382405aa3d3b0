"""The promise, in short: three hundred questions while everything breaks, each answered exactly once."""

import pytest

from tests.chaos.campaign import Campaign
from tests.chaos.office import office
from tests.conftest import RedisServer


@pytest.mark.timeout(300)
async def test_three_hundred_questions_through_every_kind_of_fault_get_exactly_one_answer_each(
    knowledge, mortal: RedisServer, tmp_path
):
    environment = {"DAEDAP_ATTEMPTS": "5"}  # more than three kills within seconds may meet a question that is no poison
    async with office(tmp_path, knowledge, mortal, thinks=(0.3, 1.2), workers=("one", "two"), **environment) as here:
        found = await Campaign(here, mortal).run(300, pause=0.3)
        print(found)
        assert sum(found.faults.values()) >= 8 and len(found.faults) >= 4  # some 30 where nothing else runs
        assert found.faultless, found
        assert found.sorry == 0, found
