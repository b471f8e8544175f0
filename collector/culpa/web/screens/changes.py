"""Changes: what was deployed, restarted or announced, and which problems appeared first after it."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from culpa.analysis.surface.filters import read_filters
from culpa.web.desk import Desk

MAX_ROWS: Final = 300


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes."""

    async def show(request: Request) -> Response:
        filters = read_filters(request.query_params)
        now_ns = await desk.now_ns()
        rows = await desk.rows(
            "changes_listed", since_ns=filters.since_ns, until_ns=filters.until_ns or now_ns + 1, max_rows=MAX_ROWS
        )
        rows = [row for row in rows if filters.service in ("", row["service_name"])]
        return await desk.page(request, "changes.html", rows=rows, given=dict(request.query_params), filters=filters)

    return [Route("/changes", show)]
