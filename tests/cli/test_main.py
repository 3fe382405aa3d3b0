"""The command `daedap`: quick to start, clear when asked or set wrongly."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.main import COMMANDS

DAEDAP = (sys.executable, "-c", "from cli.main import app; app(prog_name='daedap')")
HEAVY = {"aiohttp", "asyncio", "bot", "celery", "langchain", "numpy", "onnxruntime", "redis", "retrieval", "workers"}


def run(*command, **environment):
    shell = {"COLUMNS": "200", "PATH": "", **environment}
    return subprocess.run(command, check=False, capture_output=True, text=True, env=shell, timeout=60)


def daedap(*arguments, **environment):
    return run(*DAEDAP, *arguments, **environment)


def test_help_lists_every_command_and_imports_nothing_heavy():
    shown = daedap("--help").stdout
    assert all(f" {name} " in shown for name in COMMANDS)
    probe = "import sys, cli.main; print(*{name.partition('.')[0] for name in sys.modules})"
    assert not set(run(sys.executable, "-c", probe).stdout.split()) & HEAVY


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_explains_itself(name):
    found = daedap(name, "--help")
    assert found.returncode == 0, found.stderr
    assert f"Usage: daedap {name}" in found.stdout


def test_a_misspelt_command_suggests_the_right_one():
    found = daedap("serach")
    assert found.returncode == 2
    assert "Did you mean 'search'?" in found.stderr


def test_a_wrong_setting_is_one_clear_message_and_no_traceback():
    found = daedap("up", DAEDAP_BIND="nowhere")
    assert found.returncode == 2
    assert "bind" in found.stderr
    assert "nowhere" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_misspelt_setting_suggests_the_right_one():
    found = daedap("up", DAEDAP_BINDD="127.0.0.1:1")
    assert found.returncode == 2
    assert "DAEDAP_BIND" in found.stderr


def test_the_version_is_the_projects():
    assert f'version = "{daedap("--version").stdout.split()[1]}"' in Path("pyproject.toml").read_text()
