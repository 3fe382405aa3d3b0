"""Globs as people write them for folders: "*" within a name, "**" across folders, "?" and "[ab]" one character."""

import re
import unicodedata
from functools import lru_cache

_ACROSS = r"(?:[^/]+/)*"


@lru_cache(maxsize=1024)
def pattern(glob: str) -> re.Pattern[str]:
    """The glob as a pattern for whole relative paths in NFC ("hr/급여.md"). Raises ValueError saying what is wrong.

    "hr/**" is everything beneath hr, "**/x.md" every x.md at any depth. Case counts.
    """
    glob = unicodedata.normalize("NFC", glob)
    if not glob or glob.startswith("/") or glob.endswith("/") or "\\" in glob or ".." in glob.split("/"):
        raise ValueError(f'the glob "{glob}" must be relative to the folder, as "hr/**" or "*.md"')
    parts = glob.split("/")
    if any("**" in part and part != "**" for part in parts):
        raise ValueError(f'in the glob "{glob}", "**" must stand alone between slashes')
    whole = "".join(_ACROSS if part == "**" else _part(part, glob) + "/" for part in parts[:-1])
    return re.compile(whole + (_ACROSS + "[^/]+" if parts[-1] == "**" else _part(parts[-1], glob)) + r"\Z")


def matches(path: str, globs: tuple[str, ...]) -> bool:
    """Whether any of the globs names this relative path (in NFC)."""
    return any(pattern(glob).match(path) for glob in globs)


def _part(part: str, glob: str) -> str:
    """One name of a path."""
    written = []
    position = 0
    while position < len(part):
        letter = part[position]
        position += 1
        if letter == "[":
            end = part.find("]", position + 1)
            if end < 0:
                raise ValueError(f'the glob "{glob}" opens a "[" and does not close it')
            written.append(_one_of(part[position:end]))
            position = end + 1
        else:
            written.append({"*": "[^/]*", "?": "[^/]"}.get(letter, re.escape(letter)))
    return "".join(written)


def _one_of(letters: str) -> str:
    negated = letters.startswith("!")
    inside = re.sub(r"([\\\]\[^&~|])", r"\\\1", letters[negated:])
    return f"(?!/)[{'^' if negated else ''}{inside}]"
