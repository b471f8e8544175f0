"""Search: failed requests by every filter, any other request by path, exception or time taken, and each by its ids."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.analysis.surface.filters import Filters, NotAFilter, read_filters
from culpa.web.desk import HOUR_NS, Desk, Row
from culpa.web.words import url

MAX_ROWS: Final = 100
_HEX: Final = frozenset("0123456789abcdef-:")
#: An id of a request is whatever a server or client makes up: X-Request-Id, UNIQUE_ID.
_LEAST_ID: Final = 8
_MOST_ID: Final = 200
#: What can be asked of requests that did not fail too.
_KINDS: Final = ("failed", "any", "slow", "cut")
_SLOW_MS: Final = 1_000
#: The newest requests are mostly among those that ended so lately.
_RECENT_NS: Final = HOUR_NS


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes."""

    async def search(request: Request) -> Response:
        given = dict(request.query_params)
        if place := await _place(desk, given):
            return RedirectResponse(place, 303)
        filters = read_filters(given)
        kind = given.get("show", "failed")
        kind = kind if kind in _KINDS else "failed"
        slow_ms = _milliseconds(given.get("slower", "")) or (_SLOW_MS if kind == "slow" else 0)
        failed: list[Row] = []
        others: list[Row] = []
        if kind == "failed":
            failed = await desk.rows("verdicts", **filters.parameters(), max_rows=MAX_ROWS + 1)
        if not failed:
            others = await find_requests(desk, filters, MAX_ROWS + 1, least_ns=slow_ms * 1_000_000, cut=kind == "cut")
        return await desk.page(
            request,
            "search.html",
            given=given,
            filters=filters,
            kind=kind,
            kinds=_KINDS,
            failed=failed[:MAX_ROWS],
            others=others[:MAX_ROWS],
            more=len(failed if kind == "failed" else others) > MAX_ROWS,
            slow_ms=slow_ms,
            max_rows=MAX_ROWS,
        )

    return [Route("/search", search)]


async def find_requests(
    desk: Desk, filters: Filters, max_rows: int, *, least_ns: int = 0, cut: bool = False
) -> list[Row]:
    """Ask for requests, failed or not: the newest, or the slowest of those that took `least_ns`. Errors: StoreError."""

    async def found(ended_since_ns: int) -> list[Row]:
        return await desk.rows(
            "requests_found",
            text=filters.text or filters.route,
            service=filters.service,
            least_ns=least_ns,
            since_ns=filters.since_ns,
            until_ns=filters.until_ns,
            ended_since_ns=ended_since_ns,
            cut=cut,
            max_rows=max_rows,
        )

    # A full list of the newest is as good from the last hour as from all that is kept, and takes a part of the time.
    if not least_ns:
        rows = await found((filters.until_ns or await desk.now_ns()) - _RECENT_NS)
        if len(rows) >= max_rows:
            return rows
    return await found(0)


async def _place(desk: Desk, given: dict[str, str]) -> str:
    """Return where the id leads that is searched for, '' where the text is no id of anything here, or of several."""
    text = given.get("text", "").strip()
    only = {name for name, value in given.items() if value} <= {"text"}
    if not only or not _LEAST_ID <= len(text) <= _MOST_ID or not text.isprintable() or " " in text:
        return ""
    of_digits, of_request = await asyncio.gather(
        _by_digits(desk, text.lower()), desk.rows("request_traces", request_id=text)
    )
    traces = {row["trace_id"] for row in of_request}
    return of_digits or (url(f"/requests/{traces.pop()}") if len(traces) == 1 else "")


async def _by_digits(desk: Desk, text: str) -> str:
    """Return where the digits of a trace's or a problem's id lead, or a whole traceparent; '' for any other text."""
    if len(text) > 60 or not set(text) <= _HEX:
        return ""
    digits = text.split("-")[1] if text.count("-") == 3 and len(text) == 55 else text.replace("-", "")
    bounds = {"lowest": digits, "beyond": digits + "g"}
    problems, traces = await asyncio.gather(
        desk.rows(
            "problem_requests", **{name: value if ":" in value else f"1:{value}" for name, value in bounds.items()}
        ),
        desk.rows("trace_ids", **bounds),
    )
    if len(problems) == 1:
        return url(f"/problems/{problems[0]['fingerprint']}")
    return url(f"/requests/{traces[0]['trace_id']}") if len(traces) == 1 else ""


def _milliseconds(text: str) -> int:
    text = text.strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotAFilter(f"slower {text[:40]!r} is no number of milliseconds")
    return int(text)
