"""Kill -9 of the writer, short form; the long one is `python -m tests.retrieval.indexes.kill_campaign --kills 250`."""

import random
from pathlib import Path

import pytest

from tests.retrieval.indexes.kill_campaign import Campaign

KILLS = 20


@pytest.mark.timeout(400)  # 15 s on an idle machine; starting forty processes takes long on a busy one
def test_twenty_kills_leave_whole_commits(tmp_path: Path) -> None:
    campaign = Campaign(tmp_path / "index", random.Random(7), {})
    campaign.run(KILLS)
    assert campaign.commits > KILLS
