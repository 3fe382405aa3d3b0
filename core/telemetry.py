"""Logs as events with fields, one JSON object a line (a readable line on a terminal); never the text of questions or documents."""

import logging
import sys

import structlog

from core.errors import SettingsError


def configure(level: str = "INFO", *, readable: bool | None = None) -> None:
    """Send structlog's events to stderr. `readable` defaults to whether stderr is a terminal."""
    levels = logging.getLevelNamesMapping()
    if level.upper() not in levels:
        raise SettingsError(f"DAEDAP_LOG = {level!r} is no level: choose from DEBUG, INFO, WARNING, ERROR")
    readable = sys.stderr.isatty() if readable is None else readable
    renderer = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(ensure_ascii=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(levels[level.upper()]),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # asked for anew each time: stderr may change
    )


log = structlog.get_logger()
