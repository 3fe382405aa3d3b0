"""readers.toml beside the documents: who may read what. Whatever is wrong in it stops the source, and opens nothing."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import SettingsError
from retrieval.models import PUBLIC
from retrieval.sources.globs import pattern

FILE = "readers.toml"
_LONGEST = 1_000_000  # bytes; a rule is a line


@dataclass(frozen=True, slots=True)
class Readers:
    """Rules in the order of the file."""

    rules: tuple[tuple[str, frozenset[str]], ...] = ()

    def of(self, path: str) -> frozenset[str]:
        """Principals that may read the document at this relative path: the last rule that matches, else everyone."""
        for glob, principals in reversed(self.rules):
            if pattern(glob).match(path):
                return principals
        return frozenset({PUBLIC})

    def unused(self, paths: Collection[str]) -> list[str]:
        """Rules that name no document: a slip of the pen here leaves something open to everyone."""
        return [glob for glob, _ in self.rules if not any(pattern(glob).match(path) for path in paths)]


def load_readers(folder: Path) -> Readers:
    """The rules of a source's folder; none where there is no readers.toml.

    Raises SettingsError naming the file, the rule and what to do: a rule that cannot be read must not leave
    documents open to everyone.
    """
    file = folder / FILE
    try:
        if not file.is_symlink() and not file.exists():
            return Readers()
        if not file.is_file() or file.stat().st_size > _LONGEST:
            raise _broken(file, "it is not a file of at most 1 MB")
        table = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _broken(file, str(error)) from None
    return Readers(_rules(file, table))


def _rules(file: Path, table: Mapping[str, object]) -> tuple[tuple[str, frozenset[str]], ...]:
    rules = table.get("readers")
    if set(table) != {"readers"} or not isinstance(rules, dict):
        raise _broken(file, f"it must hold one table, [readers], and holds: {', '.join(table) or 'nothing'}")
    return tuple((glob, _principals(file, glob, principals)) for glob, principals in rules.items())


def _principals(file: Path, glob: str, principals: object) -> frozenset[str]:
    try:
        pattern(glob)
    except ValueError as error:
        raise _broken(file, str(error)) from None
    if not isinstance(principals, list) or not principals:
        raise _broken(file, f'"{glob}" must name a list of readers, for example ["group:hr"]')
    for name in principals:
        if not isinstance(name, str) or not name.strip() or name != name.strip():
            raise _broken(file, f'"{glob}" names the reader {name!r}; a reader is a text such as "group:hr"')
        if name != PUBLIC and ":" not in name:
            raise _broken(file, f'"{glob}" names the reader {name!r}; write "{PUBLIC}", "group:{name}" or a user\'s id')
    return frozenset(principals)


def _broken(file: Path, reason: str) -> SettingsError:
    return SettingsError(f"{file} cannot be used: {reason}. Until it is right, nothing of this folder is read again.")
