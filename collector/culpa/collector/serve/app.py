"""The collector's HTTP face: receivers, `/healthz`, `/readyz`, and what others mount."""

import logging
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from culpa.collector.admission import Refused, enter
from culpa.collector.openapi import openapi_route
from culpa.collector.receivers import Parts, all_routes
from culpa.collector.serve.ended import Ended
from culpa.collector.serve.house import House
from culpa.collector.serve.own_port import JAEGER, OwnPort
from culpa.collector.settings import Settings
from culpa.instrumentation.offers import offered

logger = logging.getLogger("culpa.collector")

#: Returns what is wrong, by part; empty when all is well.
Check = Callable[[], dict[str, str]]


def make_app(parts: Parts, check: Check, house: House) -> Starlette:
    """Build the app. `check` says what keeps it from serving."""
    settings = parts.settings
    app = Starlette(
        routes=[*all_routes(parts), *_health_routes(check)],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    # A redirect would repeat the Host that was sent.
    app.router.redirect_slashes = False
    apps = _mounts(house)
    described = openapi_route(settings, [_described(mounted) for _, mounted in apps])
    described.app = _Gate(described.app, settings)
    app.router.routes.append(described)
    for path, mounted in apps:
        if path == "/":
            # It gets what no endpoint answers, and lets people sign in: it asks `House.refusal` itself.
            app.router.default = mounted
        else:
            gate = _Gate(mounted, settings)
            # A mount answers below its path only, and nothing here redirects.
            app.router.routes.append(Route(path, gate))
            app.mount(path, gate)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[origin.rstrip("/") for origin in settings.allowed_origins],
            allow_methods=["POST"],
            allow_headers=["*"],
        )
    app.add_middleware(Ended)
    app.add_middleware(OwnPort, port=settings.jaeger_port, path=JAEGER)
    return app


async def _refused(_: Request, error: Exception) -> Response:
    """Answer what no endpoint answers: 404 and 405."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for these only
    return JSONResponse({"message": error.detail}, error.status_code, headers=error.headers)


async def _failed(_: Request, error: Exception) -> Response:
    """Answer for a mistake of ours; the log has its trace."""
    return JSONResponse({"message": f"this is a mistake of the collector's ({type(error).__name__})"}, 500)


def _health_routes(check: Check) -> list[Route]:
    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        wrong = check()
        return JSONResponse({"status": "not ready", **wrong} if wrong else {"status": "ready"}, 503 if wrong else 200)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def _mounts(house: House) -> list[tuple[str, ASGIApp]]:
    """Have the apps of the entry-point group `culpa.mounts` made, each with its path; a broken one is left out."""
    found: list[tuple[str, ASGIApp]] = []
    for point in offered("culpa.mounts"):
        try:
            mount: Callable[[House], tuple[str, ASGIApp]] = point.load()
            found.append(mount(house))
        except Exception:
            logger.exception("entry point %s of culpa.mounts is left out", point.name)
    return found


def _described(mounted: ASGIApp) -> dict[str, Any]:
    """Return the OpenAPI paths that a mounted app gives of itself, in `state.openapi_paths`."""
    paths: dict[str, Any] = getattr(getattr(mounted, "state", None), "openapi_paths", {})
    return paths


class _Gate:
    """Lets only readers through to a mounted app."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["type"] != "lifespan":
                enter(HTTPConnection(scope), self._settings, "read")
        except Refused as refused:
            await refused.response()(scope, receive, send)
        else:
            await self._app(scope, receive, send)
