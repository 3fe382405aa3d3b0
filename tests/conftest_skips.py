"""Ends a test run with the list of everything that was skipped, grouped by the reason."""

from collections import defaultdict
from collections.abc import Iterator

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Print after every other section, just before pytest's closing line, which CI reads."""
    yield
    groups: dict[str, list[str]] = defaultdict(list)
    for report in terminalreporter.stats.get("skipped", []):
        groups[_reason(report)].append(report.nodeid)
    if not groups:
        return
    terminalreporter.section("skipped, and why")
    for reason, tests in sorted(groups.items()):
        terminalreporter.write_line(f"skipped: {reason} ({len(tests)})", yellow=True)
        for test in tests:
            terminalreporter.write_line(f"    {test}")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    # pytest keeps a skip as (file, line, "Skipped: reason").
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(report.longrepr)
