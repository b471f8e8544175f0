"""Lines of web servers' access logs as spans: what a server answered that sends no telemetry. Pure.

A request that no app ever saw is only such a line, and its trace would be empty without it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from culpa.store import ns_of
from culpa.traces.spans import Json

#: Names the line, which evidence speaks of.
ACCESS_ID: Final = "culpa.access.id"
#: Column -> attribute, of those that have a value.
_ATTRIBUTES: Final = {
    "http_request_method": "http.request.method",
    "url_path": "url.path",
    "http_response_status_code": "http.response.status_code",
    "url_scheme": "url.scheme",
    "server_address": "server.address",
    "server_port": "server.port",
    "upstream_address": "culpa.upstream.address",
    "upstream_status": "culpa.upstream.status",
    "format": "culpa.format",
    "access_id": ACCESS_ID,
}
_SERVER: Final = 2
_ERROR: Final = 2

Row = Mapping[str, Any]


def line_spans(lines: Iterable[Row], known: set[str]) -> dict[str, list[Json]]:
    """Return the lines as `ResourceSpans` by their traces; what came as a `known` span, too, is left out."""
    found: dict[str, list[Json]] = {}
    for line in lines:
        if not line["span_id"] or line["span_id"] not in known:
            named = [{"key": "service.name", "value": {"stringValue": line["service_name"] or line["format"]}}]
            scope = {"scope": {"name": "culpa.access"}, "spans": [_span(line, known)]}
            sent = {"resource": {"attributes": named}, "scopeSpans": [scope]}
            found.setdefault(line["trace_id"], []).append(sent)
    return found


def _span(line: Row, known: set[str]) -> Json:
    start_ns = ns_of(line["start_time"])
    span_id = line["span_id"] or line["access_id"]
    known.add(span_id)
    span: Json = {
        "traceId": line["trace_id"],
        "spanId": span_id,
        "parentSpanId": line["parent_span_id"],
        "name": f"{line['http_request_method']} {line['url_path']}".strip(),
        "kind": _SERVER,
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + max(0, line["duration_ns"])),
        "attributes": [_pair(name, line[column]) for column, name in _ATTRIBUTES.items() if line[column]],
        "status": {"code": _ERROR} if line["http_response_status_code"] >= 500 else {},
    }
    return {name: value for name, value in span.items() if value}


def _pair(key: str, value: str | int) -> Json:
    return {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
