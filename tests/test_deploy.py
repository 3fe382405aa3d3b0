"""What stands in the deployment files is valid by its own schema and names only what exists."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cli.main import COMMANDS
from core.broker import QUEUES

COMPOSE = Path(__file__).parents[1] / "docker-compose.yml"


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load(COMPOSE.read_text())["services"]


def valid(file):
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(check, capture_output=True, text=True, check=False, timeout=60)


def test_the_compose_file_is_valid_by_the_compose_specification():
    found = valid(COMPOSE)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_compose_check_sees_a_misspelt_key(tmp_path):
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(COMPOSE.read_text().replace("healthcheck:", "healtcheck:"))
    assert valid(broken).returncode != 0


def test_every_service_is_watched_restarted_and_stopped_with_patience(services):
    assert set(services) == {"redis", "bot", "worker", "reindexer"}
    for service in services.values():
        assert service["healthcheck"]["test"][0] == "CMD"
        assert service["restart"] == "unless-stopped"
        assert service["stop_grace_period"]


def test_nothing_but_the_bot_is_published_and_that_on_loopback(services):
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"bot": ["127.0.0.1:8080:8080"]}


def test_the_commands_and_queues_of_the_services_exist_and_cover_all_work(services):
    commands = [service["command"] for service in services.values() if service["command"][0] == "daedap"]
    assert {command[1] for command in commands} <= set(COMMANDS)
    served = {queue for command in commands if command[1] == "worker" for queue in command[2].split(",")}
    assert served == set(QUEUES.values())


def test_redis_keeps_what_was_accepted(services):
    options = services["redis"]["command"]
    assert options[options.index("--appendonly") + 1] == "yes"
    assert options[options.index("--maxmemory-policy") + 1] == "noeviction"
    assert services["redis"]["volumes"]
