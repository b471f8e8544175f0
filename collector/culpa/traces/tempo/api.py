"""The routes: Grafana's data source asks a trace in Protobuf, all else in JSON; times are seconds, errors text."""

from collections.abc import Iterator, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from culpa.traces.answering import Answer, Endpoints, NotFound
from culpa.traces.asking import duration_ns, now_ns, trace_id_of, whole
from culpa.traces.reader import Reader, Row
from culpa.traces.search import RENAMED, Search
from culpa.traces.spans import Json
from culpa.traces.summary import summary_of
from culpa.traces.tempo.messages import in_response, trace_json, trace_message
from culpa.traces.tempo.traceql import plain_name, read_tags, read_traceql

_S: Final = 10**9
_HOUR_NS: Final = 3_600 * _S
_LIMIT: Final = 20
_PROTOBUF: Final = "application/protobuf"
#: What TraceQL asks of every span, as far as it is answered.
_INTRINSIC: Final = ["duration", "kind", "name", "status", "statusMessage"]
_VALUES: Final = {
    "status": ["error", "ok", "unset"],
    "kind": ["client", "consumer", "internal", "producer", "server", "unspecified"],
}
_TYPES: Final = {"intValue": "int", "doubleValue": "float", "boolValue": "bool"}
_MOST_VALUES: Final = 1_000


def routes(reader: Reader) -> list[Route]:
    """Return the routes."""
    endpoints = Endpoints(lambda status_code, message: PlainTextResponse(message, status_code))

    async def echo(_: Request) -> Response:
        return PlainTextResponse("echo")

    def trace(request: Request) -> Answer:
        message = trace_message(_asked_trace(reader, request))
        if _wants_protobuf(request):
            return Answer(message.SerializeToString(), media_type=_PROTOBUF)
        return Answer({"batches": trace_json(message)})

    def trace_v2(request: Request) -> Answer:
        message = trace_message(_asked_trace(reader, request))
        if _wants_protobuf(request):
            return Answer(in_response(message.SerializeToString()), media_type=_PROTOBUF)
        return Answer({"trace": {"resourceSpans": trace_json(message)}})

    def search(request: Request) -> Answer:
        found = reader.summaries(_search(request))
        return Answer({"traces": [_summary(trace_id, rows) for trace_id, rows in found], "metrics": {}})

    def tags(request: Request) -> Answer:
        scopes = _scopes(reader, request)
        return Answer({"tagNames": sorted({tag for one in scopes for tag in one["tags"]})})

    def tags_v2(request: Request) -> Answer:
        return Answer({"scopes": _scopes(reader, request)})

    def values(request: Request) -> Answer:
        return Answer({"tagValues": [value for _, value in _values(reader, request)]})

    def values_v2(request: Request) -> Answer:
        return Answer({"tagValues": [{"type": kind, "value": value} for kind, value in _values(reader, request)]})

    return [
        Route("/api/echo", echo),
        endpoints.route("/api/traces/{trace_id}", trace),
        endpoints.route("/api/v2/traces/{trace_id}", trace_v2),
        endpoints.route("/api/search", search),
        endpoints.route("/api/search/tags", tags),
        endpoints.route("/api/v2/search/tags", tags_v2),
        endpoints.route("/api/search/tag/{name}/values", values),
        endpoints.route("/api/v2/search/tag/{name}/values", values_v2),
    ]


def _wants_protobuf(request: Request) -> bool:
    return _PROTOBUF in request.headers.get("accept", "")


def _asked_trace(reader: Reader, request: Request) -> list[Json]:
    found = reader.traces([trace_id_of(request.path_params["trace_id"])])
    if not found:
        raise NotFound("trace not found")
    return found[0].resource_spans


def _window(request: Request) -> tuple[int, int]:
    """Return the time that is asked for, the last hour where none is."""
    until_ns = whole("end", request.query_params.get("end", ""), now_ns() // _S + 1) * _S
    since_ns = whole("start", request.query_params.get("start", ""), (until_ns - _HOUR_NS) // _S) * _S
    return max(0, since_ns), max(0, until_ns)


def _search(request: Request) -> Search:
    """Return what is searched for. Errors: NotAQuestion."""
    asked = request.query_params
    since_ns, until_ns = _window(request)
    search = Search(
        since_ns=since_ns,
        until_ns=until_ns,
        least_ns=duration_ns("minDuration", asked.get("minDuration", "")),
        most_ns=duration_ns("maxDuration", asked.get("maxDuration", "")),
        limit=whole("limit", asked.get("limit", ""), _LIMIT),
    )
    search = read_tags(asked.get("tags", ""), search)
    return read_traceql(asked["q"], search) if asked.get("q") else search


def _summary(trace_id: str, rows: Sequence[Row]) -> Json:
    told = summary_of(rows)
    return {
        "traceID": trace_id,
        "rootServiceName": told.root_service,
        "rootTraceName": told.root_name,
        "startTimeUnixNano": str(told.began_ns),
        "durationMs": (told.ended_ns - told.began_ns) // 1_000_000,
        "serviceStats": {row["service_name"]: {"spanCount": row["spans"], "errorCount": row["failed"]} for row in rows},
    }


def _scopes(reader: Reader, request: Request) -> list[Json]:
    """Return the names of attributes, by where they stand."""
    names: dict[str, set[str]] = {"resource": set(), "span": set()}
    for scope, key, _, _ in _attributes(reader, request):
        names[scope].add(key)
    scopes = [{"name": scope, "tags": sorted(found)} for scope, found in names.items()]
    wanted = request.query_params.get("scope", "")
    return [one for one in [*scopes, {"name": "intrinsic", "tags": _INTRINSIC}] if wanted in ("", "none", one["name"])]


def _values(reader: Reader, request: Request) -> list[tuple[str, str]]:
    """Return type and text of the values of an attribute."""
    name = plain_name(request.path_params["name"])
    if name == "service.name":
        return [("string", service) for service in reader.services()]
    if name in _VALUES:
        return [("keyword", value) for value in _VALUES[name]]
    name = RENAMED.get(name, name)
    found = {(kind, value) for _, key, kind, value in _attributes(reader, request) if key == name}
    return sorted(found)[:_MOST_VALUES]


def _attributes(reader: Reader, request: Request) -> Iterator[tuple[str, str, str, str]]:
    """Yield scope, key, type and text of each attribute of a sample: the newest spans of the time asked for."""
    for sent in reader.newest(*_window(request)):
        for pair in sent["resource"]["attributes"]:
            yield ("resource", *_pair(pair))
        for span in (span for scope in sent["scopeSpans"] for span in scope["spans"]):
            yield "span", "name", "string", span.get("name", "")
            for pair in span.get("attributes", []):
                yield ("span", *_pair(pair))


def _pair(pair: Json) -> tuple[str, str, str]:
    [(kind, value)] = pair["value"].items()
    return pair["key"], _TYPES.get(kind, "string"), str(value)
