"""`make bench`: everything that is timed, one after the other."""

import subprocess
import sys

RUNS = (
    "bench.quality",
    "bench.search",
    "bench.index",
    "bench.answers",
    "bench.ack",
    "bench.chain",
    "bench.memory",
    "bench.load",
)

for run in RUNS:
    print(f"\n== python -m {run}", flush=True)
    subprocess.run([sys.executable, "-m", run], check=True)
