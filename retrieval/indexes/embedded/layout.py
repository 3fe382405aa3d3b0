"""Where an embedded index keeps what: a folder for each generation (g000001, …), and CURRENT names the one in use."""

import os
import re
import shutil
from pathlib import Path

from core.errors import IndexUnusable

CURRENT = "CURRENT"
DATABASE = "main.db"
WORDS = "lex"
VECTORS = "vec"
BROKEN = ".broken"  # suffix of a generation that could not be read, kept for a look until the next one is published
GENERATION = re.compile(r"g\d{6}")
REBUILD = "Build it anew with `daedap reindex --rebuild`."  # the way out that every error of an unusable index names


def current(root: Path) -> str | None:
    """Name of the generation in use; None when CURRENT is missing, empty or names no generation that is there."""
    try:
        name = (root / CURRENT).read_text("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    return name if GENERATION.fullmatch(name) and (root / name).is_dir() else None


def generations(root: Path) -> list[str]:
    """Names of all generations, finished or not, newest first."""
    names = [path.name for path in root.iterdir() if GENERATION.fullmatch(path.name)] if root.is_dir() else []
    return sorted(names, key=number, reverse=True)


def number(name: str) -> int:
    """g000012 -> 12."""
    return int(name[1:])


def following(root: Path) -> str:
    """A name that no generation has or had after the one in use."""
    used = [number(path.name[:7]) for path in root.glob("g??????*")]  # also those set aside as broken
    return f"g{max(used, default=0) + 1:06d}"


def switch(root: Path, name: str) -> None:
    """Make a generation the one in use, atomically and durably."""
    draft = root / f"{CURRENT}.tmp"
    with draft.open("w", encoding="ascii") as file:
        file.write(name)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(root / CURRENT)
    sync_folder(root)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable: a rename or a new file outlives power loss only after this."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unreadable(folder: Path, error: Exception) -> IndexUnusable:
    """The error that says which generation cannot be read, why, and the way out."""
    return IndexUnusable(f"{folder}: the index cannot be read ({error}). {REBUILD}")


def set_aside(root: Path, name: str) -> None:
    """Take a generation that cannot be read out of the row."""
    (root / name).rename(root / (name + BROKEN))


def remove_old(root: Path, name: str) -> None:
    """Keep the generation in use and the one before it, which stands in when the newer one cannot be read."""
    for broken in root.glob(f"g*{BROKEN}"):
        shutil.rmtree(broken, ignore_errors=True)
    older = [other for other in generations(root) if number(other) < number(name)]
    for other in older[1:]:
        shutil.rmtree(root / other, ignore_errors=True)
