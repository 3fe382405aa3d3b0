"""The whole of Daedap as processes on loopback: a real Redis, real Celery workers, the real bot; tests may kill any of them."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.conftest import free_port

ROOT = Path(__file__).parent.parent.parent


class Stack:
    """`environment` holds settings as variables; what is not set is as in a first run with short leases."""

    def __init__(self, folder: Path, redis_url: str, **environment: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "OPENAI_"))}
        self.environment = inherited | {
            "REDIS_URL": redis_url,
            "DAEDAP_BIND": f"127.0.0.1:{self.port}",
            "DAEDAP_LEASE_SECONDS": "3",
            "DAEDAP_EMBEDDER": "none",
            "DAEDAP_LIMITS__PERSON": "0",
            "DAEDAP_LIMITS__CHANNEL": "0",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self.processes: dict[str, subprocess.Popen] = {}

    def start(self, name: str, *arguments: str) -> subprocess.Popen:
        log = (self.folder / f"{name}.log").open("ab")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        self.processes[name] = process
        return process

    def start_bot(self) -> None:
        self.start("bot", "bot")

    def start_worker(self, name: str = "worker", queues: str = "answers,maintenance") -> subprocess.Popen:
        return self.start(name, "workers", queues)

    def until_ready(self, seconds: float = 60.0) -> None:
        self.until(lambda: self.get("/readyz")[0] == 200, seconds, "the bot and a worker are ready")

    def until(self, happens, seconds: float, what: str) -> None:
        ends = time.monotonic() + seconds
        while not happens():
            dead = {name: process.returncode for name, process in self.processes.items() if process.poll() is not None}
            assert time.monotonic() < ends, f"not within {seconds} s: {what}; dead: {dead}\n{self.logs()}"
            time.sleep(0.05)

    def get(self, path: str) -> tuple[int, dict]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as reply:
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"{}")
        except OSError:
            return 0, {}

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        self.processes[name].send_signal(number)

    def logs(self) -> str:
        return "\n".join(f"== {file.name}\n{file.read_text()[-3000:]}" for file in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()
