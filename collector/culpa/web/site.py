"""The page as an ASGI app: the screens' routes, who may see them, and what stands on every answer."""

import logging
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from culpa.analysis.explanation.explain import AmbiguousTrace, NoSuchTrace, NotATraceId
from culpa.analysis.surface.filters import NotAFilter
from culpa.store import QueryFailed, QueryRefused, StoreError
from culpa.web import screens
from culpa.web.assets import static
from culpa.web.desk import Desk
from culpa.web.entry import foreign_sender, refusal
from culpa.web.house import House
from culpa.web.openapi import paths
from culpa.web.words import url

logger = logging.getLogger("culpa.web")

_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
    ),
    "x-frame-options": "DENY",
    # A link that somebody follows from here must not say which request was looked at.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
#: What anybody may see: how to sign in, and what that looks like.
_OPEN: Final = ("/static/", "/sign-in")


def make_site(house: House) -> Starlette:
    """Return the page of a house."""
    desk = Desk(house)
    routes: list[BaseRoute] = [Route("/static/{digest}/{name}", static)]
    for module in _screens():
        routes.extend(module.routes(desk))
    site = Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: _Failed(desk),
            StoreError: _Failed(desk),
            NotAFilter: _Failed(desk),
            NoSuchTrace: _Failed(desk),
            NotATraceId: _Failed(desk),
            AmbiguousTrace: _Failed(desk),
        },
    )
    site.router.redirect_slashes = False
    # Whoever serves the page describes these with its own endpoints.
    site.state.openapi_paths = paths()
    site.add_middleware(_Door, desk=desk, routes=routes)
    return site


def _screens() -> list[Any]:
    return [import_module(f"{screens.__name__}.{found.name}") for found in iter_modules(screens.__path__)]


class _Failed:
    """Answers an error as people or programs want it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, request: Request, error: Exception) -> Response:
        status_code, message = _status(error)
        answer = await error_answer(self._desk, request, status_code, message)
        if isinstance(error, HTTPException) and error.headers:
            # Which methods are known, of a 405.
            answer.headers.update(error.headers)
        return answer


def _status(error: Exception) -> tuple[int, str]:
    if isinstance(error, HTTPException):
        return error.status_code, error.detail
    if isinstance(error, NoSuchTrace):
        return 404, str(error)
    if isinstance(error, (NotAFilter, NotATraceId, AmbiguousTrace, QueryRefused)):
        return 400, str(error)
    return (422 if isinstance(error, QueryFailed) else 503), str(error)


async def error_answer(desk: Desk, request: Request, status_code: int, message: str) -> Response:
    """Return what went wrong, as a screen for a browser and as JSON for others."""
    if "text/html" in request.headers.get("accept", "") and not request.scope["path"].startswith("/api/"):
        return await desk.page(request, "error.html", status_code, status_code=status_code, message=message)
    return JSONResponse({"message": message}, status_code)


class _Door:
    """Lets in who may come, and writes the headers that keep hostile text from doing anything."""

    def __init__(self, app: ASGIApp, desk: Desk, routes: list[BaseRoute]) -> None:
        self._app = app
        self._desk = desk
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                # However slowly the answer is read.
                await moment.let_go()
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        async with self._desk.house.moment() as moment:
            request = Request(scope, receive)
            stopped = await self._stopped(request)
            await (stopped or self._app)(scope, receive, answer)

    async def _stopped(self, request: Request) -> Response | None:
        """Return the answer to who may not come in, or may not change what the request would change."""
        path = request.scope["path"]
        if not path.startswith(_OPEN):
            if not any(route.matches(request.scope)[0].value for route in self._routes):
                return None  # 404 says nothing of what is kept here
            if refused := refusal(request, self._desk.house, self._desk.sessions):
                return self._sent_away(request, *refused)
        if request.method not in ("GET", "HEAD") and (why := foreign_sender(request, self._desk.house)):
            return await error_answer(self._desk, request, 403, why)
        return None

    def _sent_away(self, request: Request, status_code: int, message: str) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "") and request.method == "GET"
        if status_code == 401 and wants_page and not request.scope["path"].startswith("/api/"):
            return RedirectResponse(url("/sign-in", to=_here(request)), 303)
        headers = {"WWW-Authenticate": "Bearer"} if status_code == 401 else {}
        return JSONResponse({"message": message}, status_code, headers)


def _here(request: Request) -> str:
    path: str = request.scope["path"]
    return path + (f"?{request.url.query}" if request.url.query else "")
