"""Which server `daedap up` runs when no REDIS_URL is given."""

import asyncio

import pytest

from cli import embedded_redis
from cli.embedded_redis import find_server, prepare, until_it_answers
from cli.program import spawn, stop
from core.errors import SettingsError


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def installed(path, version, rest="exit 1"):
    server = path / "redis-server"
    server.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "Redis server v={version} sha=0" && exit\n{rest}\n')
    server.chmod(0o755)
    return server


def test_an_installed_redis_comes_first(path):
    server = installed(path, "7.0.15")
    assert find_server() == server


def test_an_installed_redis_that_is_too_old_is_passed_over(path):
    installed(path, "6.2.14")
    assert find_server().name == "valkey-server"


def test_without_any_server_the_error_names_both_ways_out(path, monkeypatch):
    monkeypatch.setattr(embedded_redis, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"REDIS_URL is not set .* Install redis-server, or set REDIS_URL"):
        find_server()


async def test_a_server_that_does_not_start_is_an_error_with_the_end_of_its_log(path, tmp_path, monkeypatch):
    installed(path, "7.0.15", rest="echo no memory left; exit 1")
    monkeypatch.setattr(embedded_redis, "SLOWEST", 0.5)
    redis = await prepare(tmp_path / "data")
    redis.program.log.parent.mkdir()
    process = await spawn(redis.program)
    await process.wait()
    with pytest.raises(SettingsError, match=r"redis-server on 127.0.0.1:.* did not start(?s:.*)no memory left"):
        await until_it_answers(redis)


async def test_a_data_folder_with_spaces_and_korean_letters_works(tmp_path):
    redis = await prepare(tmp_path / "우리 회사 data")
    redis.program.log.parent.mkdir()
    process = await spawn(redis.program)
    await until_it_answers(redis)
    await stop(process, patience=5, hurry=asyncio.Event())
    assert process.returncode == 0
