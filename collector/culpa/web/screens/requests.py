"""A request: its way, its waterfall, what was raised and logged, and the evidence, each piece with its SQL."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.analysis.explanation.replay import UnknownRule, replay
from culpa.analysis.report.records import json_text
from culpa.analysis.report.said import said_once
from culpa.web.desk import Desk
from culpa.web.markdown import request_markdown
from culpa.web.request import FIRST_ROWS, Shown, draw_request, gather_request
from culpa.web.twins import compare

_MARKDOWN: Final = "text/markdown"


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes."""

    async def show(request: Request) -> Response:
        given = request.query_params
        is_whole = bool(given.get("whole"))
        drawn = await _gathered(desk, request, is_whole=is_whole)
        first = max(0, _number(given.get("from", "")))
        return await desk.page(
            request,
            "request.html",
            drawn=drawn,
            rows=drawn.rows[first : first + FIRST_ROWS],
            first=first,
            page_rows=FIRST_ROWS,
            is_whole=is_whole,
        )

    async def apart(request: Request) -> Response:
        """Answer what sets the request apart from healthy ones, for the script of the page, which has the rest."""
        return await desk.page(request, "apart.html", drawn=await _drawn(desk, request))

    async def rows(request: Request) -> Response:
        """Answer all rows of the waterfall, for the script that draws only those that are seen."""
        drawn = await _drawn(desk, request, is_whole=False)
        return await desk.written(lambda: JSONResponse({"rows": drawn.rows}))

    async def text(request: Request) -> Response:
        drawn = await _gathered(desk, request)
        return PlainTextResponse(request_markdown(drawn), media_type=_MARKDOWN)

    async def data(request: Request) -> Response:
        found = await desk.explained(request.path_params["name"])
        return Response(await desk.written(lambda: json_text(found.json())), media_type="application/json")

    async def item(request: Request) -> Response:
        """Show all that one span or line says of itself."""
        trace_id, item_id = request.path_params["name"], request.path_params["item"]
        found = await desk.rows("span_attributes", trace_id=trace_id, item_id=item_id)
        kept = [row for row in found if row["value"] not in ("", "0", "-1", None)]
        return await desk.page(
            request, "item.html", 200 if kept else 404, rows=kept, trace_id=trace_id, item_id=item_id
        )

    async def evidence(request: Request) -> Response:
        """Show the SQL of one piece of evidence."""
        drawn = await _drawn(desk, request, is_whole=False)
        return await desk.page(request, "evidence.html", drawn=drawn, **_evidence(drawn, request.path_params["rule"]))

    async def twin(request: Request) -> Response:
        """Show the request beside its healthy twin."""
        drawn = await _drawn(desk, request)
        found = drawn.failure.contrast.twin if drawn.failure else None
        other = await draw_request(desk, found.trace_id, is_whole=False) if found else None
        pairs = await desk.written(lambda: compare(drawn.rows, other.rows)) if other else []
        return await desk.page(request, "twin.html", drawn=drawn, twin=found, other=other, pairs=pairs)

    return [
        Route("/requests/{name}.md", text),
        Route("/requests/{name}.json", data),
        Route("/requests/{name}", show),
        Route("/requests/{name}/rows", rows),
        Route("/requests/{name}/apart", apart),
        Route("/requests/{name}/twin", twin),
        Route("/requests/{name}/evidence/{rule}", evidence),
        Route("/requests/{name}/{item}", item),
    ]


async def _gathered(desk: Desk, request: Request, *, is_whole: bool = True) -> Shown:
    """Return the request that is asked for, and of its failures that one."""
    return await gather_request(desk, request.path_params["name"], _failure(request), is_whole=is_whole)


async def _drawn(desk: Desk, request: Request, *, is_whole: bool = True) -> Shown:
    """Return the same without exceptions and lines of logs."""
    return await draw_request(desk, request.path_params["name"], _failure(request), is_whole=is_whole)


def _failure(request: Request) -> int:
    return _number(request.query_params.get("failure", ""))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _evidence(drawn: Shown, rule: str) -> dict[str, object]:
    verdict = drawn.verdict
    if verdict is None or all(one["rule"] != rule for one in verdict["evidence"]):
        return {"rule": rule, "said": [], "sql": "", "whole": ""}
    ids = (verdict["trace_id"], verdict["request_span_id"])
    said = said_once([one for one in verdict["evidence"] if one["rule"] == rule])
    try:
        sql, whole = replay(rule, *ids), replay(rule, *ids, whole=True)
    except UnknownRule as error:
        sql, whole = f"-- {error}", ""
    return {"rule": rule, "said": said, "sql": sql, "whole": whole}
