"""`daedap up` starts, keeps and stops everything together, and says clearly what stands in its way."""

import os
import signal
import socket
import stat
import sys

import pytest
import redis as blocking_redis

from tests.cli.running import until
from tests.conftest import free_port

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="the leash and /proc are Linux's")
pytestmark = only_linux

CHILDREN = {"redis": "-server 127.0.0.1:", "worker": "subprocess.Popen", "bot": "http.server"}


def test_the_page_is_greeted_once_it_is_ready_and_redis_needs_a_password(up):
    running = up().ready()
    client = blocking_redis.Redis.from_url(running.redis_url)
    assert client.config_get("appendonly")["appendonly"] == "yes"
    stranger = blocking_redis.Redis(port=client.connection_pool.connection_kwargs["port"])
    with pytest.raises(blocking_redis.AuthenticationError):
        stranger.ping()
    client.close()
    stranger.close()
    for name in ("redis.conf", "url"):
        assert stat.S_IMODE((running.data_dir / "redis" / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("name", CHILDREN)
def test_a_killed_child_is_back_within_seconds_and_said_so(up, name):
    running = up().ready()
    until(lambda: running.child(CHILDREN[name]))
    old = running.child(CHILDREN[name])
    os.kill(old, signal.SIGKILL)
    took = until(lambda: running.child(CHILDREN[name]) not in (None, old))
    assert took < 4, "promised within 2 s, doubled for a busy machine"
    assert f"{name} killed by SIGKILL; started again (death 1 of this run)" in running.shown


def test_what_redis_was_told_survives_its_death_and_the_next_start(up, data_dir):
    running = up().ready()
    client = blocking_redis.Redis.from_url(running.redis_url)
    client.set("told", "once")
    old = running.child(CHILDREN["redis"])
    os.kill(old, signal.SIGKILL)
    until(lambda: running.child(CHILDREN["redis"]) not in (None, old))
    until(lambda: _get(running.redis_url, "told") == b"once")
    client.close()
    running.interrupt()
    assert _get(up().ready().redis_url, "told") == b"once"


def _get(url, key):
    client = blocking_redis.Redis.from_url(url, decode_responses=False)
    try:
        return client.get(key)
    except (blocking_redis.ConnectionError, blocking_redis.BusyLoadingError):
        return None
    finally:
        client.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_leaves_no_process_behind(up, number):
    running = up().ready()
    assert len(running.children()) >= 4, "Redis, the worker, its child, the bot"
    assert running.interrupt(number) == 0
    assert running.children() == {}
    assert not (running.data_dir / "redis" / "url").exists()


def test_ctrl_c_while_still_starting_leaves_no_process_behind(up):
    running = up()
    until(lambda: running.children() != {})
    running.interrupt()
    assert running.children() == {}


def test_kill_9_of_up_leaves_no_leashed_process_behind(up):
    running = up().ready()
    until(lambda: running.child(CHILDREN["worker"]))
    running.process.kill()
    running.process.wait()
    until(lambda: not any(running.child(word) for word in CHILDREN.values()), seconds=5)


def test_a_worker_that_does_not_stop_is_killed_when_its_time_is_up(up):
    running = up(WORKER="stubborn", PATIENCE="0.5").ready()
    until(lambda: "deaf" in (running.data_dir / "logs" / "worker.log").read_text())
    assert running.interrupt() == 0
    assert running.children() == {}


def test_a_second_ctrl_c_does_not_wait_for_a_worker(up):
    running = up(WORKER="stubborn", PATIENCE="1000").ready()
    until(lambda: "deaf" in (running.data_dir / "logs" / "worker.log").read_text())
    os.killpg(running.process.pid, signal.SIGINT)
    until(lambda: "stopping" in running.shown)
    until(lambda: not running.child("http.server"))
    assert running.interrupt() == 0
    assert running.children() == {}


def test_a_child_that_keeps_dying_is_explained_with_the_end_of_its_log(up):
    running = up(WORKER="hopeless")
    until(lambda: "trying again every 10 s" in running.shown)
    assert "worker ended with exit code 1, 5 times now" in running.shown
    until(lambda: running.shown.count("no such model") >= 5)


def test_a_taken_port_names_the_setting_its_holder_and_the_way_out(up):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = up(port=str(port))
        assert refused.process.wait(timeout=30) != 0
        assert f"setting bind = 127.0.0.1:{port}: the port is taken by " in refused.shown
        assert f"(pid {os.getpid()})" in refused.shown
        assert "DAEDAP_BIND=" in refused.shown
        assert not (refused.data_dir / "redis").exists(), "nothing is started before the port is known to be free"


def test_a_dead_redis_url_is_an_error_and_never_a_silent_fall_to_our_own(up):
    refused = up(REDIS_URL=f"redis://daedap:s3cret@127.0.0.1:{free_port()}/0")
    assert refused.process.wait(timeout=30) != 0
    assert "REDIS_URL = redis://daedap:***@127.0.0.1" in refused.shown
    assert "s3cret" not in refused.shown
    assert not (refused.data_dir / "redis").exists()


def test_a_living_redis_url_is_used_and_left_running(up, redis_url):
    running = up(REDIS_URL=redis_url).ready()
    assert running.redis_url == redis_url
    assert running.child(CHILDREN["redis"]) is None
    running.interrupt()
    assert _get(redis_url, "anything") is None
    client = blocking_redis.Redis.from_url(redis_url)
    assert client.ping()
    client.close()


def test_a_second_up_on_the_same_data_folder_is_refused_with_the_pid_of_the_first(up, data_dir):
    first = up().ready()
    second = up()
    assert second.process.wait(timeout=30) != 0
    assert f"`daedap up` is already running on it (pid {first.process.pid})" in second.shown


def test_a_redis_that_outlived_its_up_is_ended_before_the_next_one(up):
    running = up().ready()
    url = running.redis_url
    leftover = running.child(CHILDREN["redis"])
    os.kill(running.process.pid, signal.SIGSTOP)
    assert leftover
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()
    until(lambda: not running.child(CHILDREN["redis"]))
    assert (running.data_dir / "redis" / "url").read_text() == url
    assert up().ready().redis_url != url


def test_a_closed_terminal_leaves_no_process_behind(up):
    master, slave = os.openpty()
    running = up(output=slave)
    os.close(slave)
    running.ready()
    os.close(master)  # every later line to it fails with EIO
    assert running.interrupt(signal.SIGHUP) == 0
    assert running.children() == {}


def test_a_child_is_kept_although_the_terminal_is_gone(up):
    master, slave = os.openpty()
    running = up(output=slave)
    os.close(slave)
    running.ready()
    os.close(master)
    until(lambda: running.child(CHILDREN["bot"]))
    old = running.child(CHILDREN["bot"])
    os.kill(old, signal.SIGKILL)
    until(lambda: running.child(CHILDREN["bot"]) not in (None, old))
