"""Problems: what broke, sorted by harm. The first screen."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from culpa.analysis.surface.filters import NAMES, read_filters
from culpa.web.charts import spark
from culpa.web.desk import Desk
from culpa.web.health import health_of
from culpa.web.problems import WINDOWS, list_problems, window_asked

#: Nobody reads more at once; what is below is found by filters.
SHOWN_ROWS: Final = 50


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes."""

    async def home(request: Request) -> Response:
        query = request.query_params
        filters = read_filters(query)
        now_ns = await desk.now_ns()
        window = await window_asked(desk, query.get("window", ""), now_ns)
        bounds = {"since_ns": window.since_ns, "until_ns": window.until_ns}
        listed, health, changes = await asyncio.gather(
            list_problems(desk, filters, window, SHOWN_ROWS),
            health_of(desk, now_ns),
            desk.rows("changes_between", **bounds),
        )
        for row in [*listed.loud, *listed.unknown, *listed.quiet]:
            row["spark"] = spark(row["counts"])
        marks = [(one["change_ns"] - window.since_ns) / max(1, window.until_ns - window.since_ns) for one in changes]
        return await desk.page(
            request,
            "home.html",
            listed=listed,
            window=window,
            windows=list(WINDOWS),
            filters=filters,
            health=health,
            now_ns=now_ns,
            marks=[round(100 * mark, 2) for mark in marks if 0 <= mark <= 1],
            given=dict(query),
            kept={name: query[name] for name in NAMES if name in query},
        )

    async def pulse(request: Request) -> Response:
        """Answer how many failed requests were judged since, for a page that is open."""
        since = request.query_params.get("since", "")
        since_ns = int(since) if since.isascii() and since.isdigit() and len(since) < 20 else 0
        found, health = await asyncio.gather(
            desk.rows("newest", judged_ns=since_ns), health_of(desk, await desk.now_ns())
        )
        return await desk.page(request, "pulse.html", judged=found[0]["judged"], health=health)

    return [Route("/", home), Route("/pulse", pulse)]
