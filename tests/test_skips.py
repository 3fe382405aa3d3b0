"""A run ends with what was skipped and why, and pytest's own closing line stays the last one."""

import subprocess
import sys

from tests.house import ROOT

SAMPLE = """
import pytest

def test_works(): pass

@pytest.mark.skip(reason="Chromium is not installed")
def test_page(): pass

@pytest.mark.skip(reason="Chromium is not installed")
def test_panel(): pass

def test_java(): pytest.skip("Java is not installed")
"""


def test_the_skipped_are_listed_by_reason_before_the_closing_line(tmp_path):
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest_skips",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
    ]
    found = subprocess.run(
        [*command, "--rootdir", str(tmp_path), str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = found.stdout.splitlines()
    chromium = lines.index("skipped: Chromium is not installed (2)")
    assert [line.split("::")[-1] for line in lines[chromium + 1 : chromium + 3]] == ["test_page", "test_panel"]
    assert "skipped: Java is not installed (1)" in lines
    assert "1 passed, 3 skipped" in lines[-1]
