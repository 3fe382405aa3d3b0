"""`python -m bot`: listen on the setting `bind` until SIGTERM."""

import os
import sys

from aiohttp import web

from bot.app import application
from bot.payload import SLOWEST
from core.errors import DaedapError, SettingsError
from core.settings import load_settings
from core.telemetry import configure


def run() -> None:
    """Serve; raises SettingsError when the address is taken or Redis cannot be reached."""
    settings = load_settings()
    configure(os.environ.get("DAEDAP_LOG", "INFO"))
    try:
        web.run_app(
            application(settings),
            host=settings.host,
            port=settings.port,
            print=None,
            shutdown_timeout=2,
            keepalive_timeout=SLOWEST,  # also for headers: by default a byte a second holds a connection for an hour
            access_log=None,
        )
    except OSError as error:
        raise SettingsError(
            f"setting bind = {settings.bind!r}: {error.strerror}. Stop what listens there, or set another bind."
        ) from None


if __name__ == "__main__":
    try:
        run()
    except DaedapError as error:
        sys.exit(f"error: {error}")
