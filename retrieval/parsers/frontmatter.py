"""The lines between "---" at the top of a Markdown file: title, language and date as the author gave them."""

import re
from collections.abc import Mapping
from datetime import date
from typing import get_args

from retrieval.models import Language

_BLOCK = re.compile(r"\A---[ \t]*\n(.{0,20000}?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"^([\w-]{1,40})[ \t]*:[ \t]*(.*)$", re.MULTILINE)
_DAY = re.compile(r"(\d{4})[-./년]\s?(\d{1,2})[-./월]\s?(\d{1,2})")
_UPDATED = ("updated", "last_updated", "lastmod", "last_modified", "modified", "date")


def split(text: str) -> tuple[Mapping[str, str], str]:
    """Fields (names in lower case) and the text after them; ({}, text) when there is no front matter."""
    match = _BLOCK.match(text)
    if not match:
        return {}, text
    fields = {name.lower(): value.strip().strip("\"'") for name, value in _LINE.findall(match[1])}
    return fields, text[match.end() :]


def updated(fields: Mapping[str, str]) -> date | None:
    """The date the author gives, or None."""
    return next((day for name in _UPDATED if (day := read_date(fields.get(name, "")))), None)


def read_date(text: str) -> date | None:
    """The first date in `text`: 2026-01-05, 2026.1.5 or 2026년 1월 5일; None when there is none that exists."""
    match = _DAY.search(text)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def language(name: str) -> Language | None:
    """Of "ko-KR", "ko"; None where nothing is said; "other" for a language we do not analyse."""
    code = name.strip().lower().replace("_", "-").split("-")[0]
    known: dict[str, Language] = {each: each for each in get_args(Language)}
    named: dict[str, Language] = {
        "korean": "ko",
        "kor": "ko",
        "한국어": "ko",
        "english": "en",
        "eng": "en",
        "영어": "en",
    }
    return (known | named).get(code, "other") if code else None
