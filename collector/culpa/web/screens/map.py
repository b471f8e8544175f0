"""The map: who calls whom, and who fails because of whom; drawn on the server, with a table that says the same."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from culpa.analysis.surface.filters import Filters
from culpa.web.desk import Desk
from culpa.web.layout import lay_out
from culpa.web.problems import WINDOWS, window_asked

_MAX_SPANS = 200_000


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes."""

    async def show(request: Request) -> Response:
        now_ns = await desk.now_ns()
        window = await window_asked(desk, request.query_params.get("window", ""), now_ns)
        bounds = {"since_ns": window.since_ns, "until_ns": window.until_ns + 1}
        calls, blame = await asyncio.gather(
            desk.rows("map_calls", **bounds, max_spans=_MAX_SPANS),
            desk.rows("map_blame", **Filters(since_ns=window.since_ns, until_ns=window.until_ns + 1).parameters()),
        )
        return await desk.page(
            request,
            "map.html",
            calls=calls,
            blame=blame,
            drawing=lay_out(calls, blame),
            window=window,
            windows=list(WINDOWS),
        )

    return [Route("/map", show)]
