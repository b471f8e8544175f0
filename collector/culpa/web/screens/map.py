"""The map: who calls whom, and who fails because of whom; drawn on the server, with a table that says the same."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from culpa.analysis.surface.filters import Filters
from culpa.store import Parameter
from culpa.web.desk import Desk, Row
from culpa.web.layout import lay_out
from culpa.web.problems import WINDOWS, Window, window_asked

#: Of so many calls, the newest, the map is drawn: who calls whom stands in fewer.
_MAX_SPANS: Final = 50_000
#: It is drawn anew after so long, with a window that ended then. Units: seconds, nanoseconds.
_KEPT_S: Final = 60.0
_MINUTE_NS: Final = 60 * 10**9


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes."""

    async def show(request: Request) -> Response:
        now_ns = await desk.now_ns()
        window = await window_asked(desk, request.query_params.get("window", ""), now_ns)
        calls, blame = await calls_and_blame(desk, window)
        return await desk.page(
            request,
            "map.html",
            calls=calls,
            blame=blame,
            is_sampled=any(row["sampled_one_in"] > 1 for row in (*calls, *blame)),
            drawing=lay_out(calls, blame),
            window=window,
            windows=list(WINDOWS),
            most=_MAX_SPANS,
        )

    return [Route("/map", show)]


async def calls_and_blame(desk: Desk, window: Window) -> tuple[list[Row], list[Row]]:
    """Ask who called whom in a window, and who failed because of whom. Errors: StoreError."""
    # By the minute, so that all who look at the same time have one answer; until its end, so that nothing is missing.
    since_ns = window.since_ns // _MINUTE_NS * _MINUTE_NS
    until_ns = (window.until_ns // _MINUTE_NS + 1) * _MINUTE_NS
    bounds = Filters(since_ns=since_ns, until_ns=until_ns).parameters()
    return await asyncio.gather(
        _calls(desk, {"since_ns": since_ns, "until_ns": until_ns}), desk.kept_rows("map_blame", _KEPT_S, **bounds)
    )


async def _calls(desk: Desk, window: dict[str, Parameter]) -> list[Row]:
    [newest] = await desk.kept_rows("map_times", _KEPT_S, **window, max_spans=_MAX_SPANS)
    return await desk.kept_rows("map_calls", _KEPT_S, **window, **newest)
