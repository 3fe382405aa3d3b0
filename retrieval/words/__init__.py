"""Word lists: what carries no meaning for search, one list per language."""

from functools import cache
from pathlib import Path


@cache
def stop_words(language: str) -> frozenset[str]:
    """The words of `language` ("ko" as Kiwi's dictionary forms, "en" lower case) that are neither indexed nor asked for."""
    text = (Path(__file__).parent / f"stop_{language}.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
