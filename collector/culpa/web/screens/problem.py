"""A problem: the verdict, what to do, how it went over time, what its requests have in common, and examples."""

import asyncio
import time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.analysis.explanation.explain import AmbiguousTrace, NoSuchTrace, NotATraceId
from culpa.knowledge import causes
from culpa.store import NotATime, json_rows, ns_of, since_ns
from culpa.web.charts import bars, ticks
from culpa.web.desk import Desk, Row
from culpa.web.entry import BadForm, read_form
from culpa.web.markdown import problem_markdown
from culpa.web.problems import BINS, WINDOWS, Window, best_window, state_of, window_of, words_on_problems
from culpa.web.request import Shown, draw_request, gather_request
from culpa.web.words import url

#: What a chart is drawn in.
WIDTH, HEIGHT = 720, 120


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes."""

    async def show(request: Request) -> Response:
        fingerprint = request.path_params["fingerprint"]
        is_whole = bool(request.query_params.get("whole"))
        row, drawn, words, now_ns = await asyncio.gather(
            _problem(desk, fingerprint),
            _drawn(desk, fingerprint, is_whole=is_whole),
            words_on_problems(desk),
            desk.now_ns(),
        )
        row["state"], word = state_of(row, words, now_ns)
        window = window_of(
            request.query_params.get("window", "") or best_window([ns_of(row["first_seen"])], now_ns), now_ns
        )
        return await desk.page(
            request,
            "problem.html",
            row=row,
            word=word,
            drawn=drawn,
            window=window,
            causes=list(causes()),
            said=request.query_params.get("said", ""),
            is_whole=is_whole,
            **(await _course(desk, fingerprint, window) if is_whole else {}),
        )

    async def course(request: Request) -> Response:
        """Answer how the problem went over time, for the script of the page, which has the rest."""
        fingerprint = request.path_params["fingerprint"]
        window = window_of(request.query_params.get("window", ""), await desk.now_ns())
        found = await _course(desk, fingerprint, window)
        return await desk.page(request, "course.html", window=window, **found)

    async def apart(request: Request) -> Response:
        """Answer what the failing requests have in common."""
        return await desk.page(
            request, "common.html", drawn=await draw_request(desk, request.path_params["fingerprint"])
        )

    async def text(request: Request) -> Response:
        fingerprint = request.path_params["fingerprint"]
        row = await _problem(desk, fingerprint)
        drawn, examples = await asyncio.gather(
            gather_request(desk, fingerprint), desk.rows("problem_examples", fingerprint=fingerprint)
        )
        return PlainTextResponse(problem_markdown(row, drawn, examples), media_type="text/markdown")

    async def state(request: Request) -> Response:
        """Mute a problem, call it resolved, or open it again."""
        fingerprint = request.path_params["fingerprint"]
        await _problem(desk, fingerprint)
        fields = await _fields(request)
        sent = {
            "fingerprint": fingerprint,
            "state": fields.get("state", ""),
            "until": _until(fields.get("for", "")),
            "note": fields.get("note", ""),
        }
        await _keep(desk, "problem_states", sent)
        return RedirectResponse(url(f"/problems/{fingerprint}", said=fields.get("state", "")), 303)

    async def label(request: Request) -> Response:
        """Keep what a person says that it really was, for the request that shows the problem."""
        fingerprint = request.path_params["fingerprint"]
        fields = await _fields(request)
        drawn = await draw_request(desk, fingerprint, is_whole=False)
        cause = fields.get("cause", "")
        if cause not in causes():
            raise HTTPException(400, f"{cause!r} is no cause; choose one of the list")
        sent = {
            "trace_id": drawn.trace_id,
            "cause": cause,
            "component": fields.get("component", ""),
            "note": fields.get("note", ""),
        }
        await _keep(desk, "labels", sent)
        return RedirectResponse(url(f"/problems/{fingerprint}", said="label"), 303)

    return [
        Route("/problems/{fingerprint}.md", text),
        Route("/problems/{fingerprint}", show),
        Route("/problems/{fingerprint}/course", course),
        Route("/problems/{fingerprint}/apart", apart),
        Route("/problems/{fingerprint}/state", state, methods=["POST"]),
        Route("/problems/{fingerprint}/label", label, methods=["POST"]),
    ]


async def _course(desk: Desk, fingerprint: str, window: Window) -> dict[str, Any]:
    """Return how a problem went in a window, examples of it, and its releases, as the template wants them."""
    series, examples, changes, releases = await asyncio.gather(
        desk.rows("problem_series", fingerprint=fingerprint, since_ns=window.since_ns, bin_ns=window.bin_ns, bins=BINS),
        desk.rows("problem_examples", fingerprint=fingerprint),
        desk.rows("changes_between", since_ns=window.since_ns, until_ns=window.until_ns),
        desk.rows("problem_releases", fingerprint=fingerprint),
    )
    return {
        "fingerprint": fingerprint,
        "windows": list(WINDOWS),
        "chart": chart_of(series, changes, window),
        "examples": by_request(examples),
        "releases": releases[0]["releases"],
    }


async def _drawn(desk: Desk, fingerprint: str, *, is_whole: bool) -> Shown | None:
    """Return the request that shows a problem best; None where only lines of a log show it, or nothing."""
    try:
        return await draw_request(desk, fingerprint, is_whole=is_whole)
    except (AmbiguousTrace, NoSuchTrace, NotATraceId):
        return None


async def _problem(desk: Desk, fingerprint: str) -> Row:
    """Return a problem's row. Errors: HTTPException 404."""
    for row in json_rows(await desk.in_thread(lambda: desk.problem(fingerprint))):
        return row
    raise HTTPException(404, f"no problem {fingerprint[:40]!r} is known here")


async def _fields(request: Request) -> dict[str, str]:
    try:
        return await read_form(request)
    except BadForm as error:
        raise HTTPException(400, str(error)) from error


async def _keep(desk: Desk, relation: Any, sent: object) -> None:
    try:
        await desk.in_thread(lambda: desk.house.keep(relation, sent))
    except ValueError as error:
        raise HTTPException(400, str(error)) from error


def _until(text: str) -> int:
    """Return when a mute ends that lasts so long from now; 0 for no end. Errors: HTTPException."""
    if not text.strip():
        return 0
    try:
        return 2 * time.time_ns() - since_ns(text)
    except NotATime as error:
        raise HTTPException(400, str(error)) from error


def by_request(examples: list[Row]) -> list[Row]:
    """Return each request once, with all that it is an example of."""
    found: dict[tuple[str, str], Row] = {}
    for one in examples:
        key = (one["trace_id"], one["request_span_id"])
        if key in found:
            found[key]["way"] += f", {one['way']}"
        else:
            found[key] = dict(one)
    return list(found.values())


def chart_of(series: list[Row], changes: list[Row], window: Window) -> dict[str, Any]:
    """Return what the chart of a problem is drawn from: failed and all requests, how long they took, and changes."""
    failed, requests = [0] * BINS, [0] * BINS
    p95 = [0.0] * BINS
    for one in series:
        if 0 <= one["bin"] < BINS:
            failed[one["bin"]], requests[one["bin"]] = one["failed"], one["requests"]
            p95[one["bin"]] = one["p95_ns"] / 1e6
    most = max(requests, default=0) or 1
    length = max(1, window.until_ns - window.since_ns)
    slowest = max(p95)
    return {
        "failed": bars([*failed, most], WIDTH * (BINS + 1) / BINS, HEIGHT)[: sum(1 for value in failed if value)],
        "requests": bars(requests, WIDTH, HEIGHT, least=0.75),
        "most": most,
        "ticks": [(tick, round(HEIGHT - HEIGHT * tick / most, 2)) for tick in ticks(most)],
        "p95": bars(p95, WIDTH, 44),
        "slowest_ns": int(slowest * 1e6),
        "marks": [
            {"x": round(WIDTH * (one["change_ns"] - window.since_ns) / length, 2), "text": one["description"]}
            for one in changes
        ],
        "since_ns": window.since_ns,
        "until_ns": window.until_ns,
        "sum_failed": sum(failed),
        "sum_requests": sum(requests),
        "sampled_one_in": sum(requests) / max(1, sum(one["kept"] for one in series)),
    }
