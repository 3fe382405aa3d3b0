"""`daedap reindex` fills the index by itself, without Redis, and says what it did."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

DAEDAP = Path(sys.executable).with_name("daedap")


@pytest.fixture
def company(tmp_path):
    """A folder with two sources and their settings; returns how to run the command in it."""
    for name, text in {
        "hr/연차.md": "# 연차\n\n연차는 5일까지 이월된다.",
        "it/vpn.md": "# VPN\n\nUse the gateway.",
    }.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    sources = "".join(f'[sources.{name}]\nkind = "folder"\npath = "{tmp_path / name}"\n' for name in ("hr", "it"))
    (tmp_path / "daedap.toml").write_text(f'embedder = "none"\n{sources}')

    def run(*arguments):
        environment = {**os.environ, "DAEDAP_DATA_DIR": str(tmp_path / "data")}
        return subprocess.run(
            [DAEDAP, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=90, check=False
        )

    return run


def sources(done):
    assert done.returncode == 0, done.stderr
    return {one["source"]: one for one in json.loads(done.stdout)["sources"]}


def test_it_fills_the_index_and_the_second_run_finds_nothing_to_do(company, tmp_path):
    first = sources(company("reindex", "--json"))
    assert {name: one["added"] for name, one in first.items()} == {"hr": 1, "it": 1}
    (tmp_path / "it/vpn.md").write_text("# VPN\n\nUse the new gateway.")
    second = sources(company("reindex", "--json"))
    assert {name: (one["changed"], one["unchanged"]) for name, one in second.items()} == {"hr": (0, 1), "it": (1, 0)}


def test_one_source_alone_is_read_but_a_rebuild_leaves_none_out(company):
    assert set(sources(company("reindex", "--json"))) == {"hr", "it"}
    assert set(sources(company("reindex", "hr", "--json"))) == {"hr"}
    rebuilt = sources(company("reindex", "hr", "--rebuild", "--json"))
    assert {name: one["added"] for name, one in rebuilt.items()} == {"hr": 1, "it": 1}


def test_what_failed_is_named_for_a_person(company, tmp_path):
    (tmp_path / "it/scan.md").write_bytes(b"%PDF-1.7")
    done = company("reindex")
    assert done.returncode == 0
    assert "it: 1 added, 0 changed, 0 unchanged, 0 deleted, 1 failed" in done.stdout
    assert "it:scan.md: scan.md: the content is PDF" in done.stdout


def test_when_most_has_vanished_it_says_how_to_delete_it(company, tmp_path):
    company("reindex")
    (tmp_path / "it/vpn.md").unlink()
    assert "run it again with --force" in company("reindex").stdout
    assert "1 deleted" in company("reindex", "--force").stdout


def test_a_rebuild_from_empty_sources_keeps_the_old_index(company, tmp_path):
    company("reindex")
    for file in ("hr/연차.md", "it/vpn.md"):
        (tmp_path / file).unlink()
    done = company("reindex", "--rebuild")
    assert done.returncode == 2
    assert "the index stays as it was" in done.stderr
    assert sources(company("reindex", "--json"))["hr"]["kept"] == 1


def test_an_unknown_source_is_an_error_that_names_the_known_ones(company):
    done = company("reindex", "sales")
    assert done.returncode == 2
    assert "hr, it" in " ".join(done.stderr.split())


def test_broken_rules_stop_it_with_the_reason(company, tmp_path):
    (tmp_path / "hr/readers.toml").write_text("[readers]\n'**' = 'hr'\n")
    done = company("reindex")
    assert done.returncode == 2
    assert "readers.toml" in done.stderr


def test_ctrl_c_stops_it_and_keeps_what_was_read(company, tmp_path):
    for number in range(3000):
        (tmp_path / f"it/{number:05}.md").write_text(f"# Note {number}\n\n" + "Some words of a note. " * 200)
    environment = {**os.environ, "DAEDAP_DATA_DIR": str(tmp_path / "data")}
    started = subprocess.Popen(
        [DAEDAP, "reindex", "--json"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "data/index").exists() and started.poll() is None:
        time.sleep(0.05)
    time.sleep(2)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=30)
    assert started.returncode == 130, err
    report = json.loads(out)["sources"][-1]
    assert report["notes"] == ["cancelled"]
    kept = sources(company("reindex", "hr", "--json"))
    assert kept["hr"]["unchanged"] == 1
