"""Jaeger's v3 API: OTLP in JSON, times of RFC 3339, errors as `{"error": {"httpCode": …, "message": …}}`."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from culpa.traces.answering import Answer, Endpoints, NotFound
from culpa.traces.asking import duration_ns, moment_ns, tags_of, trace_id_of, whole
from culpa.traces.jaeger.kinds import kind_of
from culpa.traces.jaeger.model import KINDS
from culpa.traces.reader import Reader, Row, Trace
from culpa.traces.search import NotAQuestion, Search
from culpa.traces.summary import summary_of

_LIMIT: Final = 100
#: Where Jaeger keeps warnings of a span that is OTLP (internal/jptrace/attributes.go).
_WARNINGS: Final = "@jaeger@warnings"
#: A parameter's name -> the one that it had before.
_OLD: Final = {
    "query.serviceName": "query.service_name",
    "query.operationName": "query.operation_name",
    "query.startTimeMin": "query.start_time_min",
    "query.startTimeMax": "query.start_time_max",
    "query.searchDepth": "query.search_depth",
    "query.durationMin": "query.duration_min",
    "query.durationMax": "query.duration_max",
    "spanKind": "span_kind",
}


def routes(reader: Reader) -> list[Route]:
    """Return the routes."""
    endpoints = Endpoints(_refused)

    def services(_: Request) -> Answer:
        return Answer({"services": reader.services()})

    def operations(request: Request) -> Answer:
        found = reader.operations(request.query_params.get("service", ""), kind_of(_asked(request, "spanKind")))
        # Where a span says no kind, it worked inside.
        named = [
            {"name": name, "spanKind": (KINDS[kind] if kind < len(KINDS) else "") or KINDS[1]} for name, kind in found
        ]
        return Answer({"operations": named})

    def traces(request: Request) -> Answer:
        found = reader.search(_search(request))
        headers = {"X-Culpa-Left-Out": str(found.left_out)} if found.left_out else {}
        return Answer(_result(found.traces), headers)

    def trace(request: Request) -> Answer:
        return Answer(_result(reader.traces([trace_id_of(request.path_params["trace_id"])])))

    def summaries(request: Request) -> Answer:
        found = reader.summaries(_search(request))
        return Answer({"summaries": [_summary(trace_id, rows) for trace_id, rows in found]})

    return [
        endpoints.route("/api/v3/services", services),
        endpoints.route("/api/v3/operations", operations),
        endpoints.route("/api/v3/traces", traces),
        # A base64 id may have a slash in it.
        endpoints.route("/api/v3/traces/{trace_id:path}", trace),
        endpoints.route("/api/v3/trace-summaries", summaries),
    ]


def _refused(status_code: int, message: str) -> Response:
    return JSONResponse({"error": {"httpCode": status_code, "message": message}}, status_code)


def _asked(request: Request, name: str) -> str:
    return request.query_params.get(name, "") or request.query_params.get(_OLD[name], "")


def _search(request: Request) -> Search:
    """Return what is searched for. Errors: NotAQuestion."""
    if request.query_params.get("query.filter"):
        raise NotAQuestion("query.filter is not answered here; search by query.attributes")
    bounds = [_asked(request, name) for name in ("query.startTimeMin", "query.startTimeMax")]
    if not all(bounds):
        raise NotAQuestion("query.startTimeMin and query.startTimeMax are required")
    depth = _asked(request, "query.searchDepth") or request.query_params.get("query.num_traces", "")
    return Search(
        service=_asked(request, "query.serviceName"),
        operation=_asked(request, "query.operationName"),
        tags=tags_of("query.attributes", request.query_params.getlist("query.attributes")),
        since_ns=moment_ns("query.startTimeMin", bounds[0], 0),
        until_ns=moment_ns("query.startTimeMax", bounds[1], 0),
        least_ns=duration_ns("query.durationMin", _asked(request, "query.durationMin")),
        most_ns=duration_ns("query.durationMax", _asked(request, "query.durationMax")),
        limit=whole("query.searchDepth", depth, _LIMIT),
    )


def _result(traces: Sequence[Trace]) -> dict[str, Any]:
    """Return traces as OTLP. Errors: NotFound when there is none."""
    if not traces:
        raise NotFound("No traces found")
    for trace in traces:
        _warn(trace)
    return {"result": {"resourceSpans": [sent for trace in traces for sent in trace.resource_spans]}}


def _warn(trace: Trace) -> None:
    """Put the warnings of a trace, for which OTLP has no place, on its first span."""
    if trace.warnings:
        span = trace.resource_spans[0]["scopeSpans"][0]["spans"][0]
        values = [{"stringValue": text} for text in trace.warnings]
        span.setdefault("attributes", []).append({"key": _WARNINGS, "value": {"arrayValue": {"values": values}}})


def _summary(trace_id: str, rows: Sequence[Row]) -> dict[str, Any]:
    told = summary_of(rows)
    return {
        "traceId": trace_id,
        "rootServiceName": told.root_service,
        "rootOperationName": told.root_name,
        "minStartTimeUnixNano": str(told.began_ns),
        "maxEndTimeUnixNano": str(told.ended_ns),
        "spanCount": sum(row["spans"] for row in rows),
        "errorSpanCount": sum(row["failed"] for row in rows),
        "orphanSpanCount": sum(row["orphans"] for row in rows),
        "services": [
            {"name": row["service_name"], "spanCount": row["spans"], "errorSpanCount": row["failed"]} for row in rows
        ],
    }
