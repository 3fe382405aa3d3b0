"""Logs as events with fields, one JSON object a line (a readable line on a terminal); never the text of questions or documents."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from core.errors import SettingsError


def configure(level: str = "INFO", *, readable: bool | None = None) -> None:
    """Send structlog's events to stderr. `readable` defaults to whether stderr is a terminal."""
    levels = logging.getLevelNamesMapping()
    if level.upper() not in levels:
        raise SettingsError(f"DAEDAP_LOG = {level!r} is no level: choose from DEBUG, INFO, WARNING, ERROR")
    readable = sys.stderr.isatty() if readable is None else readable
    renderer = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(ensure_ascii=True)
    escaping = [_escaped] if readable else []
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            *escaping,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(levels[level.upper()]),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # asked for anew each time: stderr may change
    )
    root = logging.getLogger()
    root.handlers = [*(handler for handler in root.handlers if not isinstance(handler, _Libraries)), _Libraries()]


class _Libraries(logging.Handler):
    """What libraries warn of becomes an event of ours: their tracebacks have many lines, some of them a stranger's words."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno, "library.logged", by=record.name, said=record.getMessage(), exc_info=record.exc_info
        )


def _escaped(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A terminal obeys what is written to it: no value makes a line or a colour of its own (a traceback has its lines)."""
    for name, value in event.items():
        if isinstance(value, str):
            kept = "\n" if name == "exception" else ""
            event[name] = "".join(
                c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in value
            )
    return event


log = structlog.get_logger()
