"""`daedap bot`: the listening half alone, for containers and service managers."""

from bot.__main__ import run


def bot() -> None:
    """Run the bot alone, on the setting `bind`, until SIGTERM. Needs REDIS_URL."""
    run()
