"""`python fill.py FOLDER SCHEMA OTLP…`: what the OpenTelemetry Collector's ClickHouse exporter would have written of OTLP lines.

Runs under the Python of `.ci/clickhouse`. Source of columns, partitions, orders and texts: opentelemetry-collector-contrib's
`clickhouseexporter`, its tables of maps and of JSON.
"""

import base64
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

#: Each is a type of attributes, and what makes a table of logs older or newer.
SCHEMAS = ("map-old-logs", "map-new-logs", "json")


def tables(schema: str) -> dict[str, str]:
    """Return the DDL of both tables."""
    attributes = "JSON" if schema == "json" else "Map(LowCardinality(String), String)"
    keys = ("ResourceAttributes", "SpanAttributes", "LogAttributes") if schema == "json" else ()
    traces = f"""create table otel_traces (
        Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String, TraceState String,
        SpanName LowCardinality(String), SpanKind LowCardinality(String), ServiceName LowCardinality(String),
        ResourceAttributes {attributes}, ScopeName String, ScopeVersion String, SpanAttributes {attributes},
        Duration UInt64, StatusCode LowCardinality(String), StatusMessage String,
        Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes {attributes}),
        Links Nested (TraceId String, SpanId String, TraceState String, Attributes {attributes}),
        {"".join(f"{key}Keys Array(LowCardinality(String))," for key in keys[:2])}
        index idx_trace_id TraceId type bloom_filter(0.001) granularity 1
    ) engine = MergeTree partition by toDate(Timestamp) order by (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)"""
    is_old = schema == "map-old-logs"
    logs = f"""create table otel_logs (
        Timestamp DateTime64(9), {"TimestampTime DateTime default toDateTime(Timestamp)," if is_old else ""}
        TraceId String, SpanId String, TraceFlags UInt8, SeverityText LowCardinality(String), SeverityNumber UInt8,
        ServiceName LowCardinality(String), Body String, ResourceAttributes {attributes}, ScopeName String,
        ScopeAttributes {attributes}, LogAttributes {attributes}, {"" if is_old else "EventName String,"}
        {"".join(f"{key}Keys Array(LowCardinality(String))," for key in keys[::2])}
        index idx_trace_id TraceId type bloom_filter(0.001) granularity 1
    ) engine = MergeTree partition by {"toDate(TimestampTime)" if is_old else "toDate(Timestamp)"} order by (
        {"ServiceName, TimestampTime, Timestamp" if is_old else "toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp"}
    )"""
    return {"otel_traces": traces, "otel_logs": logs}


def spans(exports: list[dict[str, Any]], schema: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of `otel_traces`."""
    kinds = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
    for resource, scope, span in _members(exports, "resourceSpans", "scopeSpans", "spans"):
        start, status = int(span["startTimeUnixNano"]), span.get("status", {})
        events, links = span.get("events", []), span.get("links", [])
        yield _shared(span, resource, scope, start, schema) | {
            "ParentSpanId": span.get("parentSpanId", ""),
            "TraceState": span.get("traceState", ""),
            "SpanName": span.get("name", ""),
            "SpanKind": kinds[span.get("kind", 0)],
            "SpanAttributes": _attributes(span, schema),
            "Duration": int(span["endTimeUnixNano"]) - start,
            "StatusCode": ("Unset", "Ok", "Error")[status.get("code", 0)],
            "StatusMessage": status.get("message", ""),
            "Events.Timestamp": [_time(int(event["timeUnixNano"])) for event in events],
            "Events.Name": [event.get("name", "") for event in events],
            "Events.Attributes": [_attributes(event, schema) for event in events],
            "Links.TraceId": [link["traceId"] for link in links],
            "Links.SpanId": [link["spanId"] for link in links],
            "Links.TraceState": [link.get("traceState", "") for link in links],
            "Links.Attributes": [_attributes(link, schema) for link in links],
        }


def records(exports: list[dict[str, Any]], schema: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of `otel_logs`."""
    for resource, scope, record in _members(exports, "resourceLogs", "scopeLogs", "logRecords"):
        time = int(record.get("timeUnixNano", 0)) or int(record.get("observedTimeUnixNano", 0))
        yield _shared(record, resource, scope, time, schema) | {
            "SeverityText": record.get("severityText", ""),
            "SeverityNumber": record.get("severityNumber", 0),
            "Body": _text(_raw(record.get("body", {}))),
            "LogAttributes": _attributes(record, schema),
            **({} if schema == "map-old-logs" else {"EventName": record.get("eventName", "")}),
        }


def _members(exports: list[dict[str, Any]], *names: str) -> Iterator[tuple[Any, Any, Any]]:
    for export in exports:
        for resource in export.get(names[0], []):
            for scope in resource.get(names[1], []):
                for member in scope.get(names[2], []):
                    yield resource.get("resource", {}), scope.get("scope", {}), member


def _shared(
    member: dict[str, Any], resource: dict[str, Any], scope: dict[str, Any], ns: int, schema: str
) -> dict[str, Any]:
    named = {pair["key"]: _raw(pair["value"]) for pair in resource.get("attributes", [])}
    return {
        "Timestamp": _time(ns),
        "TraceId": member.get("traceId", "").lower(),
        "SpanId": member.get("spanId", "").lower(),
        "ServiceName": str(named.get("service.name", "")),
        "ResourceAttributes": _attributes(resource, schema),
        "ScopeName": scope.get("name", ""),
    }


def _attributes(owner: dict[str, Any], schema: str) -> dict[str, Any]:
    raw = {pair["key"]: _raw(pair["value"]) for pair in owner.get("attributes", [])}
    return raw if schema == "json" else {key: _text(value) for key, value in raw.items()}


def _raw(value: dict[str, Any]) -> Any:
    for kind, inner in value.items():
        if kind == "intValue":
            return int(inner)
        if kind == "arrayValue":
            return [_raw(each) for each in inner.get("values", [])]
        if kind == "kvlistValue":
            return {pair["key"]: _raw(pair["value"]) for pair in inner.get("values", [])}
        return inner
    return None


def _text(value: Any) -> str:
    """Write a value as pdata's `AsString` does."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _time(ns: int) -> str:
    return f"{datetime.fromtimestamp(ns // 10**9, UTC):%Y-%m-%d %H:%M:%S}.{ns % 10**9:09}"


def main(folder: str, schema: str, *paths: str) -> None:
    """Make the tables in a folder of chDB, and fill them; with no schema they are there."""
    import clickhouse_connect

    exports = [json.loads(line) for path in paths for line in Path(path).read_text().splitlines() if line.strip()]
    client = clickhouse_connect.get_client(dsn=f"chdb:///{folder}")
    if schema == "signoz":
        import signoz

        for database in signoz.DATABASES:
            client.command(f"create database {database}")
        made: dict[str, str] = dict(zip(signoz.NAMES, signoz.TABLES, strict=True))
        written = zip(
            signoz.NAMES, (signoz.spans(spans(exports, "json")), signoz.records(records(exports, "json"))), strict=True
        )
    else:
        made = tables(schema) if schema else {}
        written = zip(("otel_traces", "otel_logs"), (spans(exports, schema), records(exports, schema)), strict=True)
    for name, rows in written:
        if made:
            client.command(made[name])
        lines = "\n".join(json.dumps(row) for row in rows)
        if lines:
            client.raw_insert(name, insert_block=lines.encode(), fmt="JSONEachRow")
    client.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
