"""What can come of a call to Microsoft: each failure says whether anything may have happened."""

from core.errors import DaedapError, Transient


class Refused(DaedapError):
    """Microsoft understood the call and said no: nothing happened, nor will when it is sent again. `code` is Microsoft's."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(f"Teams refuses: {code} (status {status})")
        self.code, self.status = code, status


class Limited(Transient):
    """Teams wants us to wait `after` seconds; nothing happened."""


class Unreached(Transient):
    """No connection to Teams, or no token for it: nothing happened."""


class Uncertain(Transient):
    """No usable reply came: the call may or may not have been carried out."""
