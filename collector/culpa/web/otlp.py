"""A request as OTLP: JSON lines, each an export of one signal, as OpenTelemetry's file exporter writes them. Pure.

Source: https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/. Values are as they are stored: redacted,
and of attributes that no column holds the text. Lines of a web server's access log are no telemetry, and not in it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from culpa.store import json_rows
from culpa.web.kept import Kept
from culpa.web.words import ns_of

Json = dict[str, Any]
Row = Mapping[str, Any]

#: Column -> attribute, of what became a column when it came in. Numbers are written as such.
SPAN_ATTRIBUTES: Final = {
    "http_request_method": "http.request.method",
    "http_route": "http.route",
    "http_response_status_code": "http.response.status_code",
    "url_path": "url.path",
    "url_full": "url.full",
    "url_scheme": "url.scheme",
    "server_address": "server.address",
    "server_port": "server.port",
    "network_peer_address": "network.peer.address",
    "network_peer_port": "network.peer.port",
    "error_type": "error.type",
    "db_system_name": "db.system.name",
    "db_namespace": "db.namespace",
    "db_operation_name": "db.operation.name",
    "db_collection_name": "db.collection.name",
    "db_query_text": "db.query.text",
    "db_query_summary": "db.query.summary",
    "db_response_status_code": "db.response.status_code",
    "rpc_system": "rpc.system",
    "rpc_service": "rpc.service",
    "rpc_method": "rpc.method",
    "rpc_response_status_code": "rpc.response.status_code",
    "messaging_system": "messaging.system",
    "messaging_destination_name": "messaging.destination.name",
    "code_function_name": "code.function.name",
    "code_file_path": "code.file.path",
    "code_line_number": "code.line.number",
    "peer_service": "peer.service",
}
LOG_ATTRIBUTES: Final = {
    "process_pid": "process.pid",
    "thread_id": "thread.id",
    "request_id": "http.request.id",
    "error_code": "error.code",
    "http_request_method": "http.request.method",
    "url_path": "url.path",
}
RESOURCE_ATTRIBUTES: Final = {
    "service_name": "service.name",
    "service_namespace": "service.namespace",
    "service_version": "service.version",
    "service_instance_id": "service.instance.id",
    "deployment_environment_name": "deployment.environment.name",
    "vcs_ref_head_revision": "vcs.ref.head.revision",
    "host_name": "host.name",
    "host_id": "host.id",
    "process_pid": "process.pid",
    "telemetry_sdk_language": "telemetry.sdk.language",
}


def otlp_lines(kept: Kept) -> str:
    """Return the exports of a request, one a line: its spans, then its log records; '' where it has none of either."""
    raised = json_rows(kept.tables["exceptions"])
    resources = {row["resource_id"]: row for row in json_rows(kept.tables["resources"])}
    spans = _spans(json_rows(kept.tables["spans"]), raised)
    logs = _logs(json_rows(kept.tables["logs"]), raised)
    exports = [
        {"resourceSpans": _by_resource(spans, resources, "scopeSpans", "spans")},
        {"resourceLogs": _by_resource(logs, resources, "scopeLogs", "logRecords")},
    ]
    return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in exports if any(one.values()))


#: A row with its resource and scope, as OTLP writes it.
_Item = tuple[int, str, str, str, Json]


def _by_resource(items: Iterable[_Item], resources: Mapping[int, Row], scopes: str, signal: str) -> list[Json]:
    """Return what one resource after the other sent, and of each what one scope after the other made."""
    out: list[Json] = []
    for (resource_id, service), sent in groupby(sorted(items, key=lambda item: item[:4]), key=lambda item: item[:2]):
        parts = [
            {"scope": {"name": name, "version": version}, signal: [item[4] for item in made]}
            for (name, version), made in groupby(sent, key=lambda item: item[2:4])
        ]
        row = resources.get(resource_id, {"service_name": service})
        named = _named(row, RESOURCE_ATTRIBUTES) + _pairs(row.get("attr_keys", ()), row.get("attr_vals", ()))
        one: Json = {"resource": {"attributes": named}, scopes: parts}
        out.append(one | ({"schemaUrl": row["schema_url"]} if row.get("schema_url") else {}))
    return out


def _spans(rows: Iterable[Row], raised: Iterable[Row]) -> Iterator[_Item]:
    events: dict[tuple[str, str], list[Json]] = {}
    for row in raised:
        if row["source"] == "span":
            events.setdefault((row["trace_id"], row["span_id"]), []).append(_exception_event(row))
    for row in rows:
        own = [_event(event) for event in row["events"]] + events.get((row["trace_id"], row["span_id"]), [])
        span: Json = {
            "traceId": row["trace_id"],
            "spanId": row["span_id"],
            "parentSpanId": row["parent_span_id"],
            "traceState": row["trace_state"],
            "flags": row["flags"],
            "name": row["span_name"],
            "kind": row["kind"],
            "startTimeUnixNano": str(ns_of(row["start_time"])),
            "endTimeUnixNano": str(ns_of(row["start_time"]) + row["duration_ns"]),
            "attributes": _named(row, SPAN_ATTRIBUTES) + _pairs(row["attr_keys"], row["attr_vals"]),
            "events": own,
            "links": [
                {
                    "traceId": link["trace_id"],
                    "spanId": link["span_id"],
                    "attributes": _pairs(link["attr_keys"], link["attr_vals"]),
                }
                for link in row["links"]
            ],
            "status": {"code": row["status_code"], "message": row["status_message"]},
        }
        yield row["resource_id"], row["service_name"], row["scope_name"], row["scope_version"], span


def _logs(rows: Iterable[Row], raised: Iterable[Row]) -> Iterator[_Item]:
    stacks = {row["log_id"]: row["stacktrace"] for row in raised if row["log_id"]}
    for row in rows:
        attributes = _named(row, LOG_ATTRIBUTES) + _pairs(row["attr_keys"], row["attr_vals"])
        if stack := stacks.get(row["log_id"]):
            # It stands in the body of what was logged as text; there it is found again.
            attributes += [] if stack in row["body"] else _pairs(["exception.stacktrace"], [stack])
        record: Json = {
            "timeUnixNano": str(ns_of(row["time"])),
            "observedTimeUnixNano": str(ns_of(row["observed_time"])),
            "severityNumber": row["severity_number"],
            "severityText": row["severity_text"],
            "eventName": row["event_name"],
            "body": {"stringValue": row["body"]},
            "attributes": attributes,
            "traceId": row["trace_id"],
            "spanId": row["span_id"],
        }
        yield row["resource_id"], row["service_name"], row["scope_name"], "", record


def _event(event: Row) -> Json:
    return {
        "timeUnixNano": str(ns_of(event["time"])),
        "name": event["name"],
        "attributes": _pairs(event["attr_keys"], event["attr_vals"]),
    }


def _exception_event(row: Row) -> Json:
    said = {
        "exception.type": row["type"],
        "exception.message": row["message"],
        "exception.stacktrace": row["stacktrace"],
    }
    known = {name: text for name, text in said.items() if text}
    attributes = _pairs(known, known.values()) + _pairs(row["attr_keys"], row["attr_vals"])
    return {"timeUnixNano": str(ns_of(row["time"])), "name": "exception", "attributes": attributes}


def _named(row: Row, names: Mapping[str, str]) -> list[Json]:
    """Return the attributes that became columns, those that are there."""
    return [_pair(name, row[column]) for column, name in names.items() if row.get(column)]


def _pairs(keys: Iterable[str], values: Iterable[str]) -> list[Json]:
    return [_pair(key, value) for key, value in zip(keys, values, strict=True)]


def _pair(key: str, value: str | int) -> Json:
    return {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
