"""Answer for an API: questions run in threads, and what goes wrong is said in the API's own words."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.store import QueryFailed, QueryRefused, StoreError
from culpa.traces.search import NotAQuestion

#: So many answers are made at a time, of all APIs together; others wait. Each may hold some ten megabytes and takes the
#: processor, of which ingest has the first part; and of the house's places for questions one stays for the page.
_ANSWERS: Final = 3


class NotFound(LookupError):
    """What was asked for is not here."""


@dataclass(frozen=True)
class Answer:
    """What is sent: JSON, or bytes of another type; `headers` tell what the content has no place for."""

    content: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    media_type: str = "application/json"


#: Returns what is answered to a mistake: status and message.
Words = Callable[[int, str], Response]
Work = Callable[[Request], Answer]


class Endpoints:
    """Makes the routes of one API."""

    #: Of all of them.
    _turns: ClassVar[anyio.CapacityLimiter | None] = None

    def __init__(self, words: Words) -> None:
        """Say errors so."""
        self._words = words

    def route(self, path: str, work: Work) -> Route:
        """Return a route for GET. What `work` raises of NotAQuestion, NotFound and StoreError is answered."""

        async def endpoint(request: Request) -> Response:
            return await self._answer(request, work)

        return Route(path, endpoint, methods=["GET"])

    async def _answer(self, request: Request, work: Work) -> Response:
        turns = Endpoints._turns = Endpoints._turns or anyio.CapacityLimiter(_ANSWERS)
        try:
            return await anyio.to_thread.run_sync(lambda: _response(work(request)), limiter=turns)
        except (NotAQuestion, NotFound, StoreError) as error:
            status_code = _status(error)
            return self._words(status_code, str(error))


def _response(answer: Answer) -> Response:
    # Written here: this thread may take its time.
    content: object = answer.content
    text = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(text, media_type=answer.media_type, headers=dict(answer.headers))


def _status(error: Exception) -> int:
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, (NotAQuestion, QueryRefused)):
        return 400
    return 422 if isinstance(error, QueryFailed) else 503


def make_app(name: str, routes: Sequence[BaseRoute]) -> Starlette:
    """Return the app of one API; at its root it says what it is, for tools that try whether it is there."""

    async def about(_: Request) -> Response:
        return JSONResponse({"message": name})

    async def unknown(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for these only
        return JSONResponse({"message": f"{error.detail}; this is {name}"}, error.status_code, headers=error.headers)

    app = Starlette(routes=[Route("/", about), *routes], exception_handlers={HTTPException: unknown})
    app.router.redirect_slashes = False
    return app
