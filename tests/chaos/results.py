"""What `make chaos` has measured so far, one line a run, and the table made of it."""

import hashlib
import json
import os
import platform
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.chaos.points import POINTS
from tests.scenarios.stack import ROOT

PRODUCT = ("bot", "core", "platforms", "workers")
TABLE = ROOT / "bench" / "chaos.md"


def code() -> str:
    """Which product was measured: runs of another are not counted."""
    files = sorted(path for package in PRODUCT for path in (ROOT / package).rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


@dataclass(frozen=True)
class Book:
    """A file of runs; what stands in it of this very code need not be run again."""

    file: Path
    code: str

    def runs(self, kind: str) -> list[dict[str, Any]]:
        if not self.file.exists():
            return []
        lines = [json.loads(line) for line in self.file.read_text().splitlines()]
        return [line for line in lines if line["kind"] == kind and line["code"] == self.code]

    def write(self, kind: str, run: dict[str, Any]) -> None:
        self.file.parent.mkdir(exist_ok=True)
        with self.file.open("a") as file:
            file.write(json.dumps({"kind": kind, "code": self.code, **run}, ensure_ascii=False) + "\n")


def table(book: Book) -> str:
    """As it stands in bench/chaos.md."""
    return "\n".join([*_head(book.code), "", *_campaigns(book.runs("campaign")), "", *_points(book.runs("point")), ""])


def _head(product: str) -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}; product {product}"
    return [
        "# Exactly one answer, whatever breaks",
        "",
        f"Written by `make chaos` on {datetime.now(UTC):%Y-%m-%d}: {machine}.",
        "How it is done, and what each word means: `tests/chaos/README.md`.",
    ]


def _campaigns(runs: list[dict[str, Any]]) -> list[str]:
    names = "campaign, questions, one answer, doubled, lost, strays, changed, sorry, faults, median s, worst s"
    rows = [*_header(names), *(_campaign(f"seed {run['seed']}", run) for run in runs)]
    return [*rows, _campaign("**all**", _together(runs))] if len(runs) > 1 else rows


def _together(runs: list[dict[str, Any]]) -> dict[str, Any]:
    answers, faults = Counter[str](), Counter[str]()
    for run in runs:
        answers.update(run["answers"])
        faults.update(run["faults"])
    sums = {name: sum(run[name] for run in runs) for name in ("questions", "doubled", "strays", "changed", "sorry")}
    medians, worst = sorted(run["median"] for run in runs), max(run["slowest"] for run in runs)
    return {**sums, "answers": answers, "faults": faults, "median": medians[len(medians) // 2], "slowest": worst}


def _header(names: str) -> list[str]:
    return ["| " + names.replace(", ", " | ") + " |", "|" + "---|" * (names.count(",") + 1)]


def _campaign(name: str, run: dict[str, Any]) -> str:
    answers, faults = run["answers"], sum(run["faults"].values())
    counts = (answers.get("1", 0), run["doubled"], answers.get("0", 0), run["strays"], run["changed"], run["sorry"])
    cells = (name, run["questions"], *counts, faults, run["median"], run["slowest"])
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _points(runs: list[dict[str, Any]]) -> list[str]:
    rows = _header("killed with -9 at, runs, answers, doubles, lost, sorry, worst s after the kill")
    return rows + [
        _point(point.name, [run for run in runs if run["point"] == point.name and run["who"]]) for point in POINTS
    ]


def _point(name: str, runs: list[dict[str, Any]]) -> str:
    seen = [run["seen"] for run in runs]
    lost = sum(one["answers"] == 0 for one in seen)
    doubles = sum(one["answers"] > 1 or one["at_once"] > 1 for one in seen)
    worst = max((run["after"] for run in runs), default=0.0)  # below 0: the answer stood there before the kill
    cells = (
        name,
        len(runs),
        len(runs) - lost,
        doubles,
        lost,
        sum(one["sorry"] for one in seen),
        f"{max(0.0, worst):.1f}",
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
