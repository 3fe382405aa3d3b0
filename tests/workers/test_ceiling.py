"""A process that outgrows its memory ends at once, by name, and is the first that the kernel would take."""

import mmap
import subprocess
import sys

import pytest

from workers.ceiling import OUTGROWN, anonymous

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process uses is read from /proc")

EATER = """
import time
from pathlib import Path
from workers.ceiling import anonymous, watch_memory
watch_memory({limit}, lambda: ["slack:T1:C1:1.0"])
print("score", Path("/proc/self/oom_score_adj").read_text().strip(), flush=True)
eaten = bytearray(b"x") * ({megabytes} * 1024 * 1024)
time.sleep(2)
print("lived", anonymous() > {megabytes} * 0.9, flush=True)
"""


def eat(megabytes: int, limit: int) -> subprocess.CompletedProcess:
    code = EATER.format(megabytes=megabytes, limit=limit)
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=30)


def test_a_process_within_its_memory_lives():
    told = eat(100, 400)
    assert told.returncode == 0 and "lived True" in told.stdout
    assert "score 500" in told.stdout


def test_a_process_that_outgrows_it_ends_and_names_its_questions():
    told = eat(500, 300)
    assert told.returncode == OUTGROWN and "lived" not in told.stdout
    assert "worker.outgrown" in told.stdout and "slack:T1:C1:1.0" in told.stdout


def test_files_that_are_mapped_do_not_count(tmp_path):
    file = tmp_path / "index"
    file.write_bytes(b"x" * 200 * 1024 * 1024)
    before = anonymous() or 0
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert sum(mapped[at] for at in range(0, len(mapped), 4096)) > 0
        assert (anonymous() or 0) - before < 100
