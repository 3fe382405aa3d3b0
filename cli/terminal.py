"""What `daedap up` tells the person who started it: events with the time, and the ends of logs."""

import time
from contextlib import suppress

from rich.console import Console
from rich.markup import escape


class Terminal:
    """Lines for a person. A terminal that was closed meanwhile is no reason to stop keeping or stopping the crew."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, event: str) -> None:
        """One event."""
        with suppress(OSError):
            self._console.print(f"[dim]{time.strftime('%H:%M:%S')}[/] {escape(event)}", soft_wrap=True, highlight=False)

    def show(self, block: str) -> None:
        """Lines as they are, such as the end of a log."""
        with suppress(OSError):
            self._console.print(block, markup=False, highlight=False, soft_wrap=True, style="dim")
