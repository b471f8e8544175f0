"""The same answers as JSON: `/api/v1/…`, with the filters of the page, described in the collector's `/openapi.json`."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.analysis.report.records import json_text
from culpa.analysis.surface.filters import NotAFilter, read_filters
from culpa.store import iso
from culpa.web.desk import Desk, Row
from culpa.web.health import health_of
from culpa.web.problems import list_problems, window_of
from culpa.web.screens.map import calls_and_blame
from culpa.web.screens.search import MAX_ROWS, find_requests

_MOST: Final = 1_000


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes."""

    async def problems(request: Request) -> Response:
        window = window_of(request.query_params.get("window", ""), await desk.now_ns())
        listed = await list_problems(desk, read_filters(request.query_params), window, with_releases=True)
        rows = [*listed.loud, *listed.unknown, *listed.quiet]
        return JSONResponse(
            {"problems": [_problem(row) for row in rows], "of_all": listed.of_all, "window": _window(window)}
        )

    async def verdicts(request: Request) -> Response:
        rows = await desk.rows(
            "verdicts",
            **read_filters(request.query_params).parameters(),
            max_rows=_limit(request.query_params.get("limit", "")),
        )
        return JSONResponse({"verdicts": rows})

    async def requests(request: Request) -> Response:
        filters = read_filters(request.query_params)
        rows = await find_requests(desk, filters, _limit(request.query_params.get("limit", "")))
        for row in rows:
            row["ended_at"] = iso(row.pop("ended_ns"))
        return JSONResponse({"requests": rows})

    async def explanation(request: Request) -> Response:
        found = await desk.explained(request.path_params["name"])
        text = await desk.written(lambda: json_text({"trace_id": found.trace_id, "failures": found.json()}))
        return Response(text, media_type="application/json")

    async def calls(request: Request) -> Response:
        window = window_of(request.query_params.get("window", ""), await desk.now_ns())
        found, blame = await calls_and_blame(desk, window)
        return JSONResponse({"calls": found, "blame": blame, "window": _window(window)})

    async def changes(request: Request) -> Response:
        filters = read_filters(request.query_params)
        until_ns = filters.until_ns or await desk.now_ns() + 1
        rows = await desk.rows("changes_listed", since_ns=filters.since_ns, until_ns=until_ns, max_rows=_MOST)
        rows = [row for row in rows if filters.service in ("", row["service_name"])]
        for row in rows:
            row["time"] = iso(row.pop("time_ns"))
        return JSONResponse({"changes": rows})

    async def health(_: Request) -> Response:
        found = await health_of(desk, await desk.now_ns())
        senders = [{**one, "last": iso(one["last_ns"])} for one in found.senders]
        return JSONResponse({"is_well": found.is_well, "troubles": found.troubles, "senders": senders})

    return [
        Route("/api/v1/problems", problems),
        Route("/api/v1/verdicts", verdicts),
        Route("/api/v1/requests", requests),
        Route("/api/v1/explanations/{name}", explanation),
        Route("/api/v1/map", calls),
        Route("/api/v1/changes", changes),
        Route("/api/v1/health", health),
    ]


def _limit(text: str) -> int:
    """Return how many rows are wanted at most. Errors: NotAFilter."""
    if not text:
        return MAX_ROWS
    if not (text.isascii() and text.isdigit() and len(text) < 5 and text[0] != "0" and int(text) <= _MOST):
        raise NotAFilter(f"limit {text[:40]!r} is none; write a number from 1 to {_MOST}")
    return int(text)


def _problem(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("spark", "of_all")}


def _window(window: Any) -> Row:
    return {"since": iso(window.since_ns), "until": iso(window.until_ns)}
