"""What is the same for everybody: the page itself, its style and scripts, and the questions offered to begin with."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.playground.language import COOKIE, LANGUAGE, chosen_language
from bot.playground.who import Who
from core.settings import Settings
from core.texts import LANGUAGES, sentences

log = structlog.get_logger()

_HERE = Path(__file__).parent
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_TOLD = ("steps", "notes", "page")  # tables of core/texts that the scripts need
_SAID = ("sources", "feedback_good", "feedback_bad", "feedback_thanks", "all_sources", "reindex_never")
_YEAR = 365 * 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of static/, with the mark by which a browser knows that it has it already."""

    body: bytes
    kind: str
    etag: str


class Shell:
    """Handlers of `/`, `/page/static/{name}` and `/page/suggestions`; everything is read once, at the start."""

    def __init__(self, settings: Settings, who: Who) -> None:
        self.who = who
        templates = FileSystemLoader(_HERE / "templates")
        environment = Environment(loader=templates, autoescape=True, undefined=StrictUndefined)
        self.template = environment.get_template("page.html")
        self.assets = {file.name: _asset(file) for file in (_HERE / "static").iterdir() if file.suffix in _KINDS}
        self.suggestions = _suggestions(settings.people.parent / "questions.toml")

    async def page(self, request: web.Request) -> web.Response:
        """The page, in the reader's language and for the sample person of `?as=`, if there is such a person."""
        language = request[LANGUAGE]
        told = sentences(language)
        html = self.template.render(
            language=language,
            languages={code: sentences(code)["page"]["language_name"] for code in LANGUAGES},
            visitor=self.who.visitor(request.query.get("as", "")),
            everybody=self.who.everybody(),
            t=told["page"],
            texts={table: told[table] for table in _TOLD} | {key: told[key] for key in _SAID},
        )
        response = web.Response(text=html, content_type="text/html", headers={"Cache-Control": "no-store"})
        if chosen := chosen_language(request):
            response.set_cookie(COOKIE, chosen, max_age=_YEAR, samesite="Strict", httponly=True)
        return response

    async def asset(self, request: web.Request) -> web.Response:
        """A file of static/, 304 where the browser's copy is the same."""
        asset = self.assets.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        headers = {"ETag": asset.etag, "Cache-Control": "no-cache"}
        if request.headers.get("If-None-Match") == asset.etag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=asset.body, content_type=asset.kind, charset="utf-8", headers=headers)

    async def suggested(self, request: web.Request) -> web.Response:
        """`{"ko": [...], "en": [...]}`: questions that the samples answer, the page's own language first."""
        order = sorted(LANGUAGES, key=lambda language: language != request[LANGUAGE])
        return web.json_response({language: self.suggestions.get(language, []) for language in order})


def _asset(file: Path) -> Asset:
    body = file.read_bytes()
    return Asset(body, _KINDS[file.suffix], f'"{hashlib.sha256(body).hexdigest()[:16]}"')


def _suggestions(file: Path) -> dict[str, list[str]]:
    """Tables `[[questions]]` with `text` and `language`; nothing is offered where the file is missing or has none."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))["questions"]
        return {language: [str(one["text"]) for one in tables if one["language"] == language] for language in LANGUAGES}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, LookupError, TypeError) as error:
        log.warning("suggestions.unreadable", file=str(file), reason=str(error))
        return {}
