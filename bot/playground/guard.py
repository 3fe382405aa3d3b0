"""Who may use the page: a browser on this machine, from the page itself, never sent here by another site."""

import re
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from bot.playground.language import LANGUAGE, page_language
from core.settings import Settings

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_HERE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")
# A tunnel that brings Slack's events to the loopback port brings strangers as well; it says so in one of these.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


class Guard:
    """Wraps each handler of the page, which finds its reader's language in `request[LANGUAGE]`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __call__(self, handler: Handler) -> Handler:
        """The handler behind the checks, with the page's headers on whatever it answers."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self._check(request)
                request[LANGUAGE] = page_language(request, self.settings.language)
                response = await handler(request)
            except web.HTTPException as refusal:
                refusal.headers.update(HEADERS)
                raise
            if not response.prepared:
                response.headers.update(HEADERS)
            return response

        return guarded

    def _check(self, request: web.Request) -> None:
        if not self.settings.loopback:
            self._refuse(request, web.HTTPNotFound, "the setting bind is not a loopback address")
        if any(name in request.headers for name in _FORWARDED):
            self._refuse(request, web.HTTPNotFound, "came through a proxy or tunnel")
        if not _HERE.fullmatch(request.headers.get("Host", "").lower()):
            # a name of somebody else's that resolves to 127.0.0.1 (DNS rebinding)
            self._refuse(request, web.HTTPForbidden, "the Host header is not a loopback name")
        if request.path != "/" and request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            self._refuse(request, web.HTTPForbidden, "asked for by another site")
        if request.method == "POST":
            self._check_form(request)

    def _check_form(self, request: web.Request) -> None:
        own = f"http://{request.headers['Host']}".lower()
        if request.headers.get("Origin", own).lower() != own:
            self._refuse(request, web.HTTPForbidden, "sent by another site")
        if request.content_type != "application/json":  # what a plain form of another site cannot send
            self._refuse(request, web.HTTPUnsupportedMediaType, "not application/json")

    def _refuse(self, request: web.Request, kind: type[web.HTTPException], reason: str) -> None:
        log.warning("page.refused", path=request.path, reason=reason)
        raise kind()
