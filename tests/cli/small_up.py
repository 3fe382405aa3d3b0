"""`daedap up` with a small crew of real programs: a page that is ready, and a worker with a child of its own."""

import os
import sys
from pathlib import Path

from rich.console import Console

from cli.program import Program
from cli.stack import Crew, serve
from cli.terminal import Terminal
from core.settings import Settings, load_settings

WORKERS = {
    "steady": "import subprocess, time; subprocess.Popen(['sleep', '1000']); time.sleep(1000)",
    "stubborn": "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(1000)",
    "hopeless": "raise SystemExit('no such model')",
}


def programs(settings: Settings, redis_url: str) -> list[list[Program]]:
    environment = {**os.environ, "REDIS_URL": redis_url}
    logs, page = settings.data_dir / "logs", settings.data_dir / "page"
    page.mkdir(exist_ok=True)
    (page / "readyz").write_text("ready")
    work = WORKERS[os.environ.get("WORKER", "steady")]
    patience = float(os.environ.get("PATIENCE", "20"))
    worker = Program("worker", (sys.executable, "-c", work), logs / "worker.log", environment, patience)
    served = ("-m", "http.server", str(settings.port), "--bind", settings.host, "--directory", str(page))
    return [[worker], [Program("bot", (sys.executable, *served), logs / "bot.log", environment)]]


async def greet(redis_url: str) -> None:
    Path(os.environ["DAEDAP_DATA_DIR"], "greeted").write_text(redis_url)


if __name__ == "__main__":
    chosen = load_settings()
    serve(chosen, Crew(lambda url: programs(chosen, url), greet), Terminal(Console()))
