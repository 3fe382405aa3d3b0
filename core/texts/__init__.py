"""Every sentence that a person reads, by key and language; the files beside this one hold them."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("ko", "en")


def say(key: str, language: str, /, **values: object) -> str:
    """The sentence `key` ("notes.words_only" for a table's) in `language`, English where that is not one of ours.

    Raises KeyError for an unknown key or a missing value: both are our own mistakes, and tests find them.
    """
    found: Any = sentences(language if language in LANGUAGES else "en")
    for part in key.split("."):
        found = found[part]
    return str(found).format(**values) if values else str(found)


@cache
def sentences(language: str) -> dict[str, Any]:
    """All sentences of one language, as its file has them."""
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))
