"""`daedap up` as a stranger runs it: everything starts, two questions are answered, Ctrl-C leaves nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import free_port
from tests.scenarios.stack import ROOT


def started(folder: Path) -> subprocess.Popen:
    environment = os.environ | {
        "DAEDAP_DATA_DIR": str(folder / "data"),
        "DAEDAP_BIND": f"127.0.0.1:{free_port()}",
        "DAEDAP_EMBEDDER": "none",
        "LANG": "C.UTF-8",
    }
    command = [str(Path(sys.executable).parent / "daedap"), "up"]
    with (folder / "out").open("ab") as out:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)


def until(said: str, file: Path, seconds: float) -> str:
    ends = time.monotonic() + seconds
    while said not in (text := file.read_text()):
        assert time.monotonic() < ends, text
        time.sleep(0.1)
    return text


def children(folder: Path) -> list[str]:
    """Command lines of processes that have this folder in their environment or arguments."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder / "data").encode() in told:
            found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


@pytest.mark.timeout(240)
def test_a_first_and_a_second_start_answer_in_both_languages_and_leave_nothing(tmp_path):
    for word in ("added 72", "unchanged 72"):
        (tmp_path / "out").write_text("")
        process = started(tmp_path)
        try:
            text = until("Ctrl-C", tmp_path / "out", 90)
            process.send_signal(signal.SIGINT)
            process.wait(40)
        finally:
            process.kill()
        assert word in text
        assert "25일" in text and "1,400" in text and "[1]" in text
        assert children(tmp_path) == []


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("DAEDAP_RERANKER", "bultin", "did you mean 'builtin'"),
        ("DAEDAP_LLM", "gpt-4", "provider:model"),
        ("DAEDAP_SOURCES", '{"a": {"kind": "folder", "path": "samples", "inclde": []}}', "Did you mean include"),
        ("DAEDAP_LOG", "loud", "DAEDAP_LOG"),
    ],
)
def test_a_wrong_setting_is_said_before_anything_is_started(tmp_path, variable, value, said):
    environment = os.environ | {"DAEDAP_DATA_DIR": str(tmp_path / "data"), variable: value}
    command = [str(Path(sys.executable).parent / "daedap"), "up"]
    told = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30)
    assert told.returncode == 2 and said in told.stderr and not (tmp_path / "data").exists()
