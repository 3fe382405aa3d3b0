"""The sample people of the playground and of `--as NAME`: who they are, which documents they may read, who may reindex."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import SettingsError

NOBODY = "me"  # asks without being one of the sample people: reads what everybody may read
PUBLIC = "public"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")  # it becomes part of job ids and of Redis keys


class _Entry(BaseModel):
    """One table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    groups: tuple[str, ...] = ()
    language: Literal["ko", "en"] = "ko"
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """`id` is the table's name in the file, `name` what a person reads."""

    id: str
    name: str
    groups: tuple[str, ...]
    language: Literal["ko", "en"]
    admin: bool  # may reindex from the page, which exists on loopback only


class Directory:
    """The people of one TOML file: `[people.mina]` with `name`, `groups`, `language` and `admin`, and so on. No file, no people.

    Raises SettingsError when the file cannot be read or a person in it is not one.
    """

    def __init__(self, path: Path) -> None:
        self.people = {person.id: person for person in _read(path)}

    def require(self, name: str) -> None:
        """Raise SettingsError when there is no such person; "" is nobody and always there."""
        if name and name not in self.people:
            raise SettingsError(f"--as {name}: there is no such person; there are: {', '.join(self.people) or 'none'}")

    def principals(self, name: str) -> frozenset[str]:
        """What this person is to a document's readers; for an unknown name what everybody is."""
        person = self.people.get(name)
        if person is None:
            return frozenset({PUBLIC})
        groups = (f"group:{group}" for group in person.groups)
        return frozenset({PUBLIC, f"user:playground:local:{person.id}", *groups})


def _read(path: Path) -> list[Person]:
    try:
        file = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"setting people = {path}: not readable as TOML: {error}. Correct one of them.") from None
    tables = file.pop("people", {})
    if file or not isinstance(tables, dict):
        stranger = ", ".join(file) or "people"
        raise SettingsError(f"{path}: {stranger} is not a person. A person is a table [people.NAME].")
    return [_person(path, name, table) for name, table in tables.items()]


def _person(path: Path, name: str, table: object) -> Person:
    if not _NAME.fullmatch(name) or name == NOBODY:
        rule = f"use a-z, 0-9, - and _, beginning with a letter, and not {NOBODY!r}"
        raise SettingsError(f"{path}: [people.{name}] cannot be the name of a person: {rule}.")
    try:
        entry = _Entry.model_validate(table)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        raise SettingsError(
            f"{path}: [people.{name}]: {wrong}. A person has name, groups, language and admin."
        ) from None
    return Person(name, entry.name, entry.groups, entry.language, entry.admin)
