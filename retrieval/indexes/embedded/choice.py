"""Which generation to use: the one CURRENT names, or the newest older one when that cannot be read, said aloud."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from core.errors import IndexEmpty, IndexUnusable, SettingsError
from retrieval.indexes.embedded import database, layout
from retrieval.protocols import Fingerprint

Opened = TypeVar("Opened")


def usable(root: Path, attempt: Callable[[Path], Opened]) -> tuple[Opened, str | None]:
    """What `attempt` gives for the first generation it can open, and the problem when CURRENT names another.

    `attempt` raises IndexUnusable for one that cannot be read and SettingsError for one of another fingerprint.
    """
    named = layout.current(root)
    reason = IndexUnusable(f"{root / layout.CURRENT}: names no generation that is there. {layout.REBUILD}")
    if named:
        try:
            return attempt(root / named), None
        except IndexUnusable as error:
            reason = error
    for name in _older(root, named):
        with suppress(IndexUnusable, SettingsError):
            return attempt(root / name), f"{reason} Until then the older generation {name} stands in."
    if not (root / layout.CURRENT).exists():
        raise IndexEmpty(f"{root}: there is no index yet. Run `daedap reindex`.")
    raise reason


def published(folder: Path) -> bool:
    """Whether this generation was finished; False also when that cannot be read."""
    try:
        with closing(database.connect(folder, readonly=True)) as connection:
            return bool(database.read_state(connection).published)
    except (sqlite3.Error, KeyError):
        return False


def check_fingerprint(folder: Path, connection: sqlite3.Connection, wanted: Fingerprint) -> None:
    """Raise SettingsError naming every part in which a generation differs from what the settings want."""
    found = database.read_fingerprint(connection)
    pairs = [("analyzer", found.analyzer, wanted.analyzer), ("chunking", found.chunking, wanted.chunking)]
    legs = sorted({*found.legs, *wanted.legs})
    pairs += [(f"vectors {leg}", found.legs.get(leg, "none"), wanted.legs.get(leg, "none")) for leg in legs]
    differences = [f"{name}: found {old!r}, wanted {new!r}" for name, old, new in pairs if old != new]
    if differences:
        text = "; ".join(differences)
        raise SettingsError(f"{folder}: this index was built otherwise than the settings say: {text}. {layout.REBUILD}")


def clear_unfinished(root: Path) -> None:
    """Remove what interrupted rebuilds left."""
    named = layout.current(root)
    for name in layout.generations(root):
        if named and layout.number(name) > layout.number(named):
            shutil.rmtree(root / name)
        elif not named and not published(root / name):
            layout.set_aside(root, name)  # it may be a good one whose files were damaged


def _older(root: Path, named: str | None) -> Iterator[str]:
    for name in layout.generations(root):
        if (named is None or name < named) and published(root / name):
            yield name
