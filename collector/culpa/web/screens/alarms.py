"""Alarms: what people were told, what goes on, and whom it reached."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from culpa.store import QueryFailed
from culpa.web.desk import Desk, Row

MAX_ROWS: Final = 100


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the route."""

    async def show(request: Request) -> Response:
        rows = await _alarms(desk)
        return await desk.page(request, "alarms.html", rows=rows, on=[row for row in rows if not row["is_over"]])

    return [Route("/alarms", show)]


async def _alarms(desk: Desk) -> list[Row]:
    """Return what fired; nothing of a segment that was made before there were alarms."""
    try:
        return await desk.rows("alarms_listed", max_rows=MAX_ROWS)
    except QueryFailed:
        return []
