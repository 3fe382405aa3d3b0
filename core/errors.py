"""Errors tell two people two things: the operator (the message) and the person in chat (`user_text`, a key of core/texts)."""


class DaedapError(Exception):
    """Base of our own errors. The message is for the operator: it names the thing, the place and what to do."""

    user_text = "failed"  # key in core/texts; the exception's own text never reaches a chat


class SettingsError(DaedapError):
    """A setting is wrong or missing; the message names the setting, its value, the reason and what to do."""


class RedisUnreachable(SettingsError):
    """Redis does not answer at the address the settings name."""


class IndexUnusable(DaedapError):
    """The index cannot be read (corrupt, or made by another model) and no older generation can stand in."""

    user_text = "knowledge_unavailable"


class IndexEmpty(IndexUnusable):
    """Nothing was ever indexed."""

    user_text = "knowledge_empty"


class BadDocument(DaedapError):
    """A document that cannot be parsed; the message names it and the reason."""


class ModelUnavailable(DaedapError):
    """The language model is down, refuses or answers nothing usable; the answer falls back to quoting."""


class Transient(DaedapError):
    """Worth another attempt: a timeout, a refused connection, a 5xx or 429 of somebody else."""

    def __init__(self, message: str, *, after: float = 1.0) -> None:
        super().__init__(message)
        self.after = after  # seconds until the next attempt makes sense


class TooMany(DaedapError):
    """Somebody, or a channel, asks faster than the limits allow; nothing was admitted."""

    user_text = "too_many"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"more questions than the setting limits allows; again in {seconds:.1f} s")
        self.seconds = seconds  # until the next question is taken


class AccessChanged(DaedapError):
    """What an answer cites is no longer readable by its audience; it must be made anew."""


class Undeliverable(DaedapError):
    """The answer can never be posted (token revoked, channel archived, message deleted): terminal, no retry."""


class LeaseLost(DaedapError):
    """Another worker took the job over; whoever sees this stops without a word."""
