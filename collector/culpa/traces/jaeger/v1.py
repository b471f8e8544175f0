"""Jaeger's v1 API: `{"data": …, "total": …, "limit": …, "offset": …, "errors": …}`, times in microseconds."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from culpa.traces.answering import Answer, Endpoints, NotFound
from culpa.traces.asking import duration_ns, now_ns, tags_of, trace_id_of, whole
from culpa.traces.jaeger.kinds import kind_of
from culpa.traces.jaeger.model import KINDS, trace_json
from culpa.traces.reader import Found, Reader
from culpa.traces.search import NotAQuestion, Search

_US: Final = 1_000
_MS: Final = 1_000_000
_DAY_NS: Final = 86_400 * 10**9
#: What Jaeger takes where nobody says it.
_LIMIT: Final = 100
_LOOKBACK_NS: Final = 2 * _DAY_NS


def routes(reader: Reader) -> list[Route]:
    """Return the routes."""
    endpoints = Endpoints(_refused)

    def services(_: Request) -> Answer:
        names = reader.services()
        return Answer(_enveloped(names, total=len(names)))

    def operations(request: Request) -> Answer:
        service = request.query_params.get("service", "")
        if not service:
            raise NotAQuestion("parameter 'service' is required")
        found = reader.operations(service, kind_of(request.query_params.get("spanKind", "")))
        named = [{"name": name, "spanKind": KINDS[kind] if kind < len(KINDS) else ""} for name, kind in found]
        return Answer(_enveloped(named, total=len(named)))

    def operation_names(request: Request) -> Answer:
        names = list(dict.fromkeys(name for name, _ in reader.operations(request.path_params["service"])))
        return Answer(_enveloped(names, total=len(names)))

    def search(request: Request) -> Answer:
        wanted = [trace_id_of(text) for text in request.query_params.getlist("traceID")]
        if wanted:
            traces = reader.traces(wanted)
            missing = set(wanted) - {trace.trace_id for trace in traces}
            errors = [{"msg": "trace not found", "traceID": trace_id} for trace_id in wanted if trace_id in missing]
            return Answer(_enveloped([trace_json(trace) for trace in traces], errors=errors or None))
        return _told(reader.search(_search(request)))

    def trace(request: Request) -> Answer:
        found = reader.traces([trace_id_of(request.path_params["trace_id"])])
        if not found:
            raise NotFound("trace not found")
        return Answer(_enveloped([trace_json(one) for one in found]))

    def dependencies(request: Request) -> Answer:
        until_ns = whole("endTs", request.query_params.get("endTs", ""), now_ns() // _MS) * _MS
        lookback_ns = whole("lookback", request.query_params.get("lookback", ""), _DAY_NS // _MS) * _MS
        service = request.query_params.get("service", "")
        links = reader.links(until_ns - lookback_ns, until_ns)
        data = [
            {"parent": link["parent"], "child": link["child"], "callCount": link["calls"]}
            for link in links
            if service in ("", link["parent"], link["child"])
        ]
        return Answer(_enveloped(data))

    return [
        endpoints.route("/api/services", services),
        endpoints.route("/api/operations", operations),
        endpoints.route("/api/services/{service:path}/operations", operation_names),
        endpoints.route("/api/traces", search),
        endpoints.route("/api/traces/{trace_id}", trace),
        endpoints.route("/api/dependencies", dependencies),
    ]


def _refused(status_code: int, message: str) -> Response:
    return JSONResponse(_enveloped(None, errors=[{"code": status_code, "msg": message}]), status_code)


def _enveloped(data: Any, *, total: int = 0, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"data": data, "total": total, "limit": 0, "offset": 0, "errors": errors}


def _told(found: Found) -> Answer:
    data = [trace_json(trace) for trace in found.traces]
    if not found.left_out:
        return Answer(_enveloped(data))
    said = f"{found.left_out} more traces are as wanted and did not fit into this answer; search for less time"
    data[-1]["warnings"] = [*(data[-1]["warnings"] or []), said]
    return Answer(_enveloped(data), {"X-Culpa-Left-Out": str(found.left_out)})


def _search(request: Request) -> Search:
    """Return what is searched for. Errors: NotAQuestion."""
    asked = request.query_params
    service = asked.get("service", "")
    if not service:
        raise NotAQuestion("parameter 'service' is required")
    now = now_ns()
    least_ns, most_ns = (duration_ns(name, asked.get(name, "")) for name in ("minDuration", "maxDuration"))
    if least_ns and most_ns and most_ns < least_ns:
        raise NotAQuestion("'maxDuration' should be greater than 'minDuration'")
    return Search(
        service=service,
        operation=asked.get("operation", ""),
        tags=tags_of("tags", asked.getlist("tags"), asked.getlist("tag")),
        since_ns=whole("start", asked.get("start", ""), (now - _LOOKBACK_NS) // _US) * _US,
        until_ns=whole("end", asked.get("end", ""), now // _US) * _US,
        least_ns=least_ns,
        most_ns=most_ns,
        limit=whole("limit", asked.get("limit", ""), _LIMIT),
    )
