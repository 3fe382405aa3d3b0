"""Redis' wire format, as far as a proxy must know it: where a client's command ends, and what it is called."""

from dataclasses import dataclass
from hashlib import sha1

from core import ledger_scripts
from workers.steps import memory

# Scripts travel as the SHA1 of their text, so that a script is known by the name of its constant: claim, settle, sweep...
SCRIPTS = {
    sha1(text.encode()).hexdigest().encode(): name.strip("_").lower()
    for module in (ledger_scripts, memory)
    for name, text in vars(module).items()
    if name.isupper() and isinstance(text, str)
}


@dataclass(frozen=True)
class Command:
    """One command as it was sent."""

    parts: tuple[bytes, ...]
    raw: bytes

    @property
    def name(self) -> str:
        """In lower case; of a script of ours, the script's."""
        plain = self.parts[0].decode().lower()
        return SCRIPTS.get(self.parts[1], plain) if plain == "evalsha" else plain


class Commands:
    """Cuts a client's bytes into commands."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Command]:
        """The commands that are whole now; what is left over waits for more."""
        self._rest += data
        found = []
        while command := self._next():
            found.append(command)
            self._rest = self._rest[len(command.raw) :]
        return found

    def _next(self) -> Command | None:
        parts, at = [], 0
        try:
            count, at = self._number(at, b"*")
            for _ in range(count):
                size, at = self._number(at, b"$")
                parts.append(self._rest[at : at + size])
                at += size + 2
        except EOFError:
            return None
        return Command(tuple(parts), self._rest[:at]) if at <= len(self._rest) else None

    def _number(self, at: int, sign: bytes) -> tuple[int, int]:
        """The number behind a sign, and where what it announces begins."""
        end = self._rest.find(b"\r\n", at)
        if end < 0:
            raise EOFError
        assert self._rest[at : at + 1] == sign, f"no command: {self._rest[at : at + 40]!r}"
        return int(self._rest[at + 1 : end]), end + 2
