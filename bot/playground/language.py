"""The language of the page: what its reader chose, else what the browser prefers."""

from typing import cast

from aiohttp import web

from core.messages import ReplyLanguage
from core.texts import LANGUAGES

COOKIE = "daedap_language"
# where the guard leaves the reader's language on a request
LANGUAGE = cast("web.RequestKey[ReplyLanguage]", web.RequestKey("language", str))


def page_language(request: web.Request, default: ReplyLanguage) -> ReplyLanguage:
    """`?language=`, else the cookie of an earlier choice, else Accept-Language, else `default`."""
    accepted = _accepted(request.headers.get("Accept-Language", ""))
    wishes = [chosen_language(request), request.cookies.get(COOKIE), *accepted]
    return cast("ReplyLanguage", next((wish for wish in wishes if wish in LANGUAGES), default))


def chosen_language(request: web.Request) -> str | None:
    """What the reader chooses with this very request."""
    wish = request.query.get("language")
    return wish if wish in LANGUAGES else None


def _accepted(header: str) -> list[str]:
    """Primary subtags of "ko-KR,ko;q=0.9,en;q=0.8", most wanted first."""
    weighed = []
    for part in header.split(",")[:20]:
        tag, _, weight = part.strip().partition(";q=")
        weighed.append((_weight(weight), tag.split("-")[0].lower()))
    return [tag for weight, tag in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0
