"""The collector's HTTP face: receivers, `/v1/sql`, `/healthz`, `/readyz`, and what others mount."""

import logging
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from culpa.collector.intake import Intake
from culpa.collector.judge_endpoint import Again, judge_routes
from culpa.collector.receivers import all_routes
from culpa.collector.settings import Settings
from culpa.collector.sql_endpoint import sql_routes
from culpa.collector.tokens import admit
from culpa.store import DuckDBStore

logger = logging.getLogger("culpa.collector")

#: Returns what is wrong, by part; empty when all is well.
Check = Callable[[], dict[str, str]]


def make_app(store: DuckDBStore, intake: Intake, settings: Settings, check: Check, again: Again) -> FastAPI:
    """Build the app. The hot routes are plain Starlette: models would cost more than the work."""
    app = FastAPI(title="culpa collector", docs_url=None, redoc_url=None, openapi_url=None)
    app.router.routes.extend(all_routes(intake, settings))
    app.router.routes.extend(sql_routes(store, settings))
    app.router.routes.extend(judge_routes(again, settings))
    app.router.routes.extend(_health_routes(check))
    for path, mounted in _mounts():
        app.mount(path, _Gate(mounted, settings.read_token))
    return app


def _health_routes(check: Check) -> list[Route]:
    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        wrong = check()
        return JSONResponse({"status": "not ready", **wrong} if wrong else {"status": "ready"}, 503 if wrong else 200)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def _mounts() -> list[tuple[str, ASGIApp]]:
    """Load the (path, ASGI app) pairs of the entry-point group `culpa.mounts`; a broken one is left out."""
    found: list[tuple[str, ASGIApp]] = []
    for point in entry_points(group="culpa.mounts"):
        try:
            pair: tuple[str, ASGIApp] = point.load()
            found.append((pair[0], pair[1]))
        except Exception:
            logger.exception("entry point %s of culpa.mounts is left out", point.name)
    return found


class _Gate:
    """Lets only readers through to a mounted app."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope.get("headers", ()))
        shown: Any = headers.get(b"authorization", b"").decode("latin-1")
        if scope["type"] == "lifespan" or admit(shown, self._token) == "ok":
            await self._app(scope, receive, send)
            return
        message = {"message": "this collector wants a token: send `Authorization: Bearer …` (its read_token)"}
        await JSONResponse(message, 401, headers={"WWW-Authenticate": "Bearer"})(scope, receive, send)
